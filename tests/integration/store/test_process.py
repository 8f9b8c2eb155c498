"""The store as it is deployed: `python -m services.store`."""

import asyncio
import json
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contracts.streams import STORIES
from deploy.local.mongo import find_mongod
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError, Program
from services.store.database import UnfitDatabase
from tests.integration.store.shelf import Shelf, eventually, story
from tests.servers import Server


@asynccontextmanager
async def process(shelf: Shelf, **changes: str) -> AsyncIterator[Process]:
    said = {name.upper(): str(value) for name, value in shelf.settings.model_dump().items()} | changes
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.store", env={**os.environ, **said}, stdout=PIPE, stderr=PIPE
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def probe(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


async def is_ready(port: int) -> bool:
    status, _ = await asyncio.to_thread(probe, port, "/readyz")
    return status == 200


async def has_counted(port: int) -> bool:
    _, metrics = await asyncio.to_thread(probe, port, "/metrics")
    return "storywire_store_events_total 6.0" in metrics


async def test_a_process_stores_ends_in_good_order_and_keeps_everything(shelf: Shelf) -> None:
    before, after, port = story(), story(), free_port()
    for events in (before, after):
        async with process(shelf, HEALTH_PORT=str(port)) as child:
            await eventually(lambda: is_ready(port), "the store to be ready")
            await shelf.write(events)
            await shelf.shows(events)
            await eventually(lambda: has_counted(port), "the events to be counted")
            child.send_signal(signal.SIGTERM)
            out, err = await child.communicate()
            assert child.returncode == 0, err.decode()
            assert out == b""
            assert events[0].body() not in err
            assert b"Traceback" not in err
    await shelf.shows(before)


async def test_a_process_that_waits_for_its_servers_is_alive_not_ready_and_ends_when_told(
    shelf: Shelf, own_nats: Server
) -> None:
    port = free_port()
    await asyncio.to_thread(own_nats.stop)
    async with process(shelf, HEALTH_PORT=str(port)) as child:

        async def is_alive() -> bool:
            status, _ = await asyncio.to_thread(probe, port, "/healthz")
            return status == 200

        await eventually(is_alive, "the store to be alive")
        status, ready = await asyncio.to_thread(probe, port, "/readyz")
        assert status == 503
        assert json.loads(ready)["checks"] == {"nats": False, "mongo": True, "caught_up": False}
        child.send_signal(signal.SIGTERM)
        _, err = await child.communicate()
        assert child.returncode == 0, err.decode()


async def test_a_process_whose_nats_goes_away_still_ends_when_told(shelf: Shelf, own_nats: Server) -> None:
    port = free_port()
    async with process(shelf, HEALTH_PORT=str(port)) as child:
        await eventually(lambda: is_ready(port), "the store to be ready")
        own_nats.pause()
        child.send_signal(signal.SIGTERM)
        _, err = await child.communicate()
        assert child.returncode == 0, err.decode()
        own_nats.resume()


@pytest.fixture
def lone_mongo(tmp_path: Path) -> Iterator[Server]:
    """A mongod that is no replica set."""
    port = free_port()
    (tmp_path / "db").mkdir()
    command = (str(find_mongod()), "--dbpath", str(tmp_path / "db"), "--port", str(port), "--bind_ip", "127.0.0.1")

    def check() -> None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            raise NotReadyError(str(error)) from error

    program = Program(name="lone mongo", command=(*command, "--nounixsocket"), log=tmp_path / "log", check=check)
    server = Server(program, f"mongodb://127.0.0.1:{port}/")
    yield server.start()
    server.stop()


async def test_a_mongodb_that_is_no_replica_set_is_refused_in_a_sentence(shelf: Shelf, lone_mongo: Server) -> None:
    async with process(shelf, MONGODB_URL=lone_mongo.url) as child:
        _, err = await child.communicate()

    assert child.returncode == 1
    assert "MONGODB_URL names a MongoDB that is not a replica set" in err.decode().splitlines()[-1]
    assert b"Traceback" not in err


async def test_a_url_that_weakens_writes_is_refused(shelf: Shelf) -> None:
    with pytest.raises(UnfitDatabase, match=r"^MONGODB_URL weakens the writes"):
        async with shelf.store(mongodb_url=f"{shelf.settings.mongodb_url}&w=1"):
            pass


async def test_a_stream_in_memory_is_refused_in_a_sentence(shelf: Shelf) -> None:
    await shelf.client.jetstream().add_stream(name=STORIES.name, subjects=[STORIES.captured], storage="memory")
    async with process(shelf) as child:
        _, err = await child.communicate()

    assert child.returncode == 1
    assert "stream STORIES: storage is memory, it must be file" in err.decode().splitlines()[-1]
