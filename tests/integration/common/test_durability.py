"""Services refuse a nats-server that acknowledges before the disk has it."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from contracts.permissions import OPERATOR
from deploy.local.nats import NatsServer
from deploy.local.ports import free_port
from deploy.local.program import SetupError
from services.common import durability
from services.common.durability import WeakDurability
from tests import tokens
from tests.servers import Server

LOGGER = structlog.stdlib.get_logger("storywire")


@pytest.fixture
def lazy_nats() -> Iterator[NatsServer]:
    """A nats-server as it comes: it syncs every two minutes."""
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        nats = NatsServer(Path(folder) / "nats")
        program = nats.program(Path(folder) / "nats.log")
        configuration = Path(program.command[-1])
        configuration.write_text(configuration.read_text().replace("  sync_interval: always\n", ""))
        server = Server(replace(program, check=lambda: _listens(nats)), nats.url(OPERATOR)).start()
        yield nats
        server.kill()


def _listens(nats: NatsServer) -> None:
    try:
        nats.check()
    except SetupError:  # what the local stack says of it; it is up, then
        return
    raise AssertionError("the embedded server's own check has let it pass")


@pytest.mark.parametrize("service", ["store", "generator", "gateway"])
async def test_no_service_starts_on_a_server_that_syncs_now_and_then(
    service: str, lazy_nats: NatsServer, mongodb_url: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"services.{service}",
        env=os.environ
        | {
            "NATS_URL": lazy_nats.url(service),
            "NATS_MONITOR_URL": lazy_nats.monitor_url,
            "MONGODB_URL": mongodb_url,
            "STORYWIRE_MODEL": "scripted",
            "GATEWAY_PORT": str(free_port()),
            "GATEWAY_KEY_FILE": tokens.KEY_FILE,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1, stderr.decode()
    refusal = stderr.decode().strip().splitlines()[-1]
    assert "sync_interval is 120s, it must be always" in refusal
    assert "NATS_MONITOR_URL" in refusal
    assert "Traceback" not in stderr.decode()


async def test_a_server_that_syncs_always_is_taken(own_nats: Server) -> None:
    monitor = _monitor_of(own_nats)
    with capture_logs() as said:
        await durability.check(f"{monitor}, {monitor}/", LOGGER)
    assert said == []


async def test_a_monitor_that_is_late_is_waited_for(own_nats: Server) -> None:
    monitor = _monitor_of(own_nats)
    own_nats.kill()
    with capture_logs() as said:
        checking = asyncio.create_task(durability.check(monitor, LOGGER))
        while not said:
            await asyncio.sleep(0.01)
        own_nats.start()
        await asyncio.wait_for(checking, 10)
    assert "NATS_MONITOR_URL" in said[0]["event"]


async def test_what_could_not_be_checked_is_said_once_with_the_name_of_the_setting() -> None:
    with capture_logs() as said:
        await durability.check("", LOGGER)
    assert [note["log_level"] for note in said] == ["warning"]
    assert "NATS_MONITOR_URL" in said[0]["event"]


@pytest.mark.parametrize("address", ["localhost:8222", "file:///etc/hostname"])
async def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(WeakDurability, match="NATS_MONITOR_URL"):
        await durability.check(address, LOGGER)


def _monitor_of(server: Server) -> str:
    lines = Path(server.program.command[-1]).read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("http:"))
    return "http://" + line.split('"')[1]
