"""Whoever reads the whole log leaves the CPU to those who write it; whoever is waited for does not."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.integration.deploy import warm

LOWEST = 19


async def niceness(folder: Path, *arguments: str) -> int:
    """Of a command, when it comes to connect to MongoDB."""
    came = asyncio.Event()

    async def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as listener:
        host, port = listener.sockets[0].getsockname()
        environment = os.environ | {"MONGODB_URL": f"mongodb://{host}:{port}", "NATS_URL": "nats://127.0.0.1:1"}
        async with warm.copy(environment, arguments, folder, folder / "out", folder / "error") as child:
            await asyncio.wait_for(came.wait(), 60)
            assert child.pid is not None
            return os.getpriority(os.PRIO_PROCESS, child.pid)


@pytest.mark.parametrize("command", [["verify"], ["rebuild"], ["rebuild", "--rollback"], ["export"], ["import"]])
async def test_a_command_over_the_whole_log_gives_way(command: list[str], tmp_path: Path) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert await niceness(tmp_path, *command) == min(ours + 10, LOWEST)


@pytest.mark.parametrize("command", [["tail"], ["replay", "--from", "1"]])
async def test_a_command_that_somebody_waits_for_does_not(command: list[str], tmp_path: Path) -> None:
    assert await niceness(tmp_path, *command) == os.getpriority(os.PRIO_PROCESS, 0)
