"""The processes that are compared: each on a NATS of its own, so that neither works for what the other one's clients watch."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from deploy.local import node
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError, Program
from tests import tokens
from tests.bench import cost
from tests.bench.author import Author
from tests.bench.contest import OURS
from tests.servers import Server, nats_server

NODE, STOCK, BARE = "Node", "python-socketio", "bare send()"
_PEERS = Path(__file__).with_name("peers")


class LoadGenerator:
    """The process of `readers.py`, spoken to from here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, command: str, **given: Any) -> Any:
        """What it answers when it has done it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([command, given]).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the load generator has ended; its complaint stands above"
        return json.loads(line)


@dataclass
class Side:
    """One of those that are compared, with its NATS, its author and its readers."""

    name: str
    port: int
    server: Server
    author: Author
    readers: LoadGenerator
    auth: str = field(default_factory=lambda: json.dumps({"token": tokens.token()}))

    def seconds(self) -> float:
        """CPU that the serving process has taken so far, all its threads together."""
        return cost.cpu(self.server.pid)

    def memory(self) -> int:
        """Bytes of the serving process that are in memory."""
        return cost.resident(self.server.pid)

    @asynccontextmanager
    async def watched(self, stories: int, viewers: int) -> AsyncIterator[None]:
        """New stories, each with so many viewers until the body ends."""
        await self.author.begin(stories)
        await self.open(viewers)
        yield
        await self.readers.tell("close")

    async def open(self, viewers: int, missing: int = 0, expected: int = 0) -> Any:
        """So many more viewers of each of the author's stories, who know all but so many of the events written so far.

        Where events are expected, it ends when so many have come.
        """
        rooms = {story_id: sequence - missing for story_id, sequence in self.author.rooms.items()}
        given = {"port": self.port, "auth": self.auth, "rooms": rooms, "viewers": viewers, "expected": expected}
        return await self.readers.tell("open", **given)


def gateway(port: int, nats_url: str) -> Sequence[str]:
    return [sys.executable, "-m", "services.gateway"]


def node_server(port: int, nats_url: str) -> Sequence[str]:
    return [str(node.NODE), str(_PEERS / "server.mjs"), str(port), nats_url]


def bare(port: int, nats_url: str) -> Sequence[str]:
    return [sys.executable, "-m", "tests.bench.peers.bare", str(port)]


def stock(port: int, nats_url: str) -> Sequence[str]:
    return [sys.executable, "-m", "tests.bench.peers.stock", str(port), nats_url]


_COMMANDS = {OURS: gateway, BARE: bare, NODE: node_server, STOCK: stock}


@asynccontextmanager
async def side(name: str, folder: Path) -> AsyncIterator[Side]:
    """OURS, BARE, NODE or STOCK, at work while the body runs."""
    await node.install(_PEERS)
    nats = nats_server(folder).start()
    port = free_port()
    server = Server(_program(name, port, nats.url, folder), "")
    author = await Author.at(nats.url)
    try:
        server.start()
        async with _load_generator() as readers:
            yield Side(name, port, server, author, readers)
    finally:
        server.kill()
        await author.close()
        nats.kill()


def _program(name: str, port: int, nats_url: str, folder: Path) -> Program:
    settings = {
        "NATS_URL": nats_url,
        "GATEWAY_PORT": str(port),
        "GATEWAY_KEY_FILE": tokens.KEY_FILE,
        "SOCKETS_PER_USER": "100000",
        "SOCKETS_PER_ADDRESS": "100000",
        "NODE_ENV": "production",
        "LOG_LEVEL": "WARNING",
    }
    command = tuple(_COMMANDS[name](port, nats_url))
    return Program(name, command, folder / "log", partial(_answers, port), {**os.environ, **settings}, port)


def _answers(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse().read()
    except OSError as error:
        raise NotReadyError(str(error)) from error
    finally:
        connection.close()
    if b'"nats":false' in answer.replace(b" ", b""):
        raise NotReadyError("it has no NATS yet")


@asynccontextmanager
async def _load_generator() -> AsyncIterator[LoadGenerator]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.readers",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )
    try:
        yield LoadGenerator(process)
    finally:
        process.kill()
        await process.wait()
