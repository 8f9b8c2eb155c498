"""The processes that the trouble is made for: real servers, two of every service, and a hand on each one's life."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from deploy.local.mongo import MongoServer
from deploy.local.nats import NatsServer
from deploy.local.program import NotReadyError, Program
from deploy.local.services import check_readyz
from tests import tokens
from tests.chaos.chance import chance_of
from tests.chaos.ports import own_port
from tests.chaos.relay import Relay
from tests.chaos.settings import Settings
from tests.servers import MONGO_TESTER, NATS_USERS, TESTS, Server

SERVICES = ("store", "generator", "gateway")
_READY_WITHIN = 60.0
_LOOK = 0.2  # seconds between two looks at who has ended by itself
_KEPT = ("PATH", "HOME", "TMPDIR", "STORYWIRE_MONGOD")


class Stack:
    """nats-server, mongod, and two each of store, generator and gateway. The second generator and the second gateway
    reach NATS through a relay, where connections break in the middle of a sentence.
    """

    def __init__(self, settings: Settings, folder: Path, logs: Path, services: Sequence[str] = SERVICES) -> None:
        self._logs = logs
        self._wanted = services
        self._chance = chance_of(settings.seed, "relays")
        self._nats, self._mongo = (
            NatsServer(folder / "nats", own_port(), own_port(), NATS_USERS),
            MongoServer(folder / "mongo", own_port(), others=MONGO_TESTER),
        )
        self.nats_relay = Relay([self._nats.port], self._chance)
        self.nats_relay.port = own_port()
        self._gateways = {"gateway-1": own_port(), "gateway-2": own_port()}
        self.gateway_relay = Relay(list(self._gateways.values()), self._chance)
        self.author_relay = Relay(list(self._gateways.values()), self._chance)
        self._script = {"words": settings.words, "chunk": settings.chunk, "pace": settings.pace}
        self.servers: dict[str, Server] = {}
        self.locks: dict[str, asyncio.Lock] = {}
        self.down: set[str] = set()
        self.ended: Counter[str] = Counter()
        """Who ended without having been told to, and how."""

    @property
    def nats_url(self) -> str:
        return self._nats.url(TESTS)

    @property
    def mongodb_url(self) -> str:
        return self._mongo.url(TESTS)

    @property
    def address(self) -> str:
        """Where stories are asked for."""
        return f"http://127.0.0.1:{self.author_relay.port}"

    @property
    def gateway_ports(self) -> list[int]:
        """Where the gateways themselves listen."""
        return list(self._gateways.values())

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Stack"]:
        """Everything runs, and is kept running, while the body does."""
        async with self.nats_relay.open(), self.gateway_relay.open(), self.author_relay.open():
            watching = asyncio.create_task(self._restart_what_ends())
            try:
                await self._up("nats", self._nats.program(self._log("nats")), self.nats_url)
                await self._up("mongo", self._mongo.program(self._log("mongo")), self.mongodb_url)
                await asyncio.gather(*(self._up(name, program, "") for name, program in self._services().items()))
                yield self
            finally:
                watching.cancel()
                for server in reversed(self.servers.values()):
                    server.kill()

    def kill(self, name: str) -> None:
        """kill -9."""
        self.down.add(name)
        self.servers[name].kill()

    def start(self, name: str) -> None:
        """Start it again; `ready` says when it can be used."""
        self.servers[name].start(wait=False)
        self.down.discard(name)

    async def ready(self, name: str) -> None:
        """Return when it can be used. Raises TimeoutError."""
        async with asyncio.timeout(_READY_WITHIN):
            while await self.missing(name) is not None:
                await asyncio.sleep(0.05)

    async def missing(self, name: str) -> str | None:
        """Why it cannot be used; None when it can."""
        return await asyncio.to_thread(_missing, self.servers[name].program)

    async def _up(self, name: str, program: Program, url: str) -> None:
        self.servers[name], self.locks[name] = Server(program, url), asyncio.Lock()
        self.start(name)
        await self.ready(name)

    async def _restart_what_ends(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            for name, server in self.servers.items():
                child = server._child
                if name not in self.down and child is not None and child.poll() is not None:
                    self.ended[f"{name} (exit code {child.returncode})"] += 1
                    server.kill()
                    self.start(name)

    def _services(self) -> Mapping[str, Program]:
        programs = {}
        for number, nats_port in ((1, self._nats.port), (2, self.nats_relay.port)):
            programs[f"store-{number}"] = self._service("store", number, self._nats.port, "HEALTH_PORT", own_port())
            programs[f"generator-{number}"] = self._service("generator", number, nats_port, "HEALTH_PORT", own_port())
            port = self._gateways[f"gateway-{number}"]
            programs[f"gateway-{number}"] = self._service("gateway", number, nats_port, "GATEWAY_PORT", port)
        return {name: program for name, program in programs.items() if name.split("-")[0] in self._wanted}

    def _service(self, service: str, number: int, nats_port: int, port_setting: str, port: int) -> Program:
        environment = {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "NATS_URL": self._nats.url(service, nats_port),
            "MONGODB_URL": self._mongo.url("store"),
            "MONGODB_ERASER_URL": self._mongo.url("eraser"),
            "STORYWIRE_MODEL": "scripted",
            "STORYWIRE_SCRIPT": json.dumps(self._script),
            "MAX_DELIVERIES": "30",
            "GATEWAY_KEY_FILE": tokens.KEY_FILE,
            "STORIES_PER_USER": "100",  # everybody here is one user
            "SOCKETS_PER_USER": "10000",
            "SOCKETS_PER_ADDRESS": "10000",
            "PYTHONUNBUFFERED": "1",
            port_setting: str(port),
        }
        name = f"{service}-{number}"
        command = (sys.executable, "-m", f"services.{service}")
        return Program(name, command, self._log(name), partial(check_readyz, port), environment, port)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def _missing(program: Program) -> str | None:
    try:
        program.check()
    except NotReadyError as error:
        return str(error)
    return None
