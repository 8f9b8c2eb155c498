"""Whoever reads the whole log leaves the CPU to those who write it; whoever is waited for does not."""

import asyncio
import os
from asyncio.subprocess import DEVNULL

import pytest

from tests.integration.deploy.storywire import STORYWIRE

LOWEST = 19


async def niceness(*arguments: str) -> int:
    """Of a command, when it comes to connect to MongoDB."""
    came = asyncio.Event()

    async def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as listener:
        host, port = listener.sockets[0].getsockname()
        environment = os.environ | {"MONGODB_URL": f"mongodb://{host}:{port}", "NATS_URL": "nats://127.0.0.1:1"}
        child = await asyncio.create_subprocess_exec(
            STORYWIRE, *arguments, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            await asyncio.wait_for(came.wait(), 60)
            return os.getpriority(os.PRIO_PROCESS, child.pid)
        finally:
            child.kill()
            await child.wait()


@pytest.mark.parametrize("command", [["verify"], ["rebuild"], ["rebuild", "--rollback"], ["export"], ["import"]])
async def test_a_command_over_the_whole_log_gives_way(command: list[str]) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert await niceness(*command) == min(ours + 10, LOWEST)


@pytest.mark.parametrize("command", [["tail"], ["replay", "--from", "1"]])
async def test_a_command_that_somebody_waits_for_does_not(command: list[str]) -> None:
    assert await niceness(*command) == os.getpriority(os.PRIO_PROCESS, 0)
