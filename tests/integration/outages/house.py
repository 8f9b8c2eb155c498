"""All three services as processes, on servers that a test may take away."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import nats
import psutil
import structlog

from contracts.codec import decode
from contracts.envelope import Envelope
from contracts.events import Event, Requested
from contracts.streams import STORIES
from contracts.subjects import ALL_STORIES
from deploy.local.data_folder import DataFolder
from deploy.local.mongo import MongoServer
from deploy.local.nats import NatsServer
from deploy.local.ports import free_port
from deploy.local.services import service_programs
from services.common.connection import options
from services.common.settings import Settings
from services.common.stored import read
from tests import tokens
from tests.servers import MONGO_TESTER, NATS_USERS, TESTS, Server

_SCRIPT = {"words": 300, "chunk": 3, "pace": 0.02}  # two seconds a story
_KEPT = ("PATH", "HOME", "TMPDIR", "STORYWIRE_MONGOD")


class House:
    """The servers `nats` and `mongo`, and the services, by their names."""

    def __init__(self, folder: Path, **settings: str) -> None:
        data = DataFolder(folder)
        nats_server, mongo_server = (
            NatsServer(folder / "nats", users=NATS_USERS),
            MongoServer(folder / "mongo", others=MONGO_TESTER),
        )
        data.log("all").parent.mkdir(parents=True)
        self.nats_url = nats_server.url(TESTS)
        self.port = free_port()
        self.servers = {
            "nats": Server(nats_server.program(data.log("nats")), self.nats_url),
            "mongo": Server(mongo_server.program(data.log("mongo")), mongo_server.url(TESTS)),
        }
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
            "STORYWIRE_MODEL": "scripted",
            "STORYWIRE_SCRIPT": json.dumps(_SCRIPT),
            "NATS_MONITOR_URL": nats_server.monitor_url,
            "GATEWAY_KEY_FILE": tokens.KEY_FILE,
            "STORIES_PER_USER": "100",
            **settings,
        }
        programs = service_programs(environment, data, self.port, nats_server.url, mongo_server.url)
        self.services = {program.name: Server(program, "") for program in programs}

    @contextmanager
    def running(self) -> Iterator["House"]:
        """Everything runs and is ready when the body begins."""
        everything = [*self.servers.values(), *self.services.values()]
        try:
            for server in everything:
                server.start(wait=server in self.servers.values())
            for server in everything:
                server.wait_until_ready()
            yield self
        finally:
            for server in reversed(everything):
                server.kill()

    def processor_seconds(self) -> dict[str, float]:
        """How long each service has used a processor so far."""
        times = {name: psutil.Process(server.pid).cpu_times() for name, server in self.services.items()}
        return {name: time.user + time.system for name, time in times.items()}

    def log(self, name: str) -> str:
        """What a service has said."""
        return self.services[name].program.log.read_text()

    async def log_of_record(self) -> dict[str, list[Event]]:
        """Each story's events, as JetStream holds them."""
        logger = structlog.stdlib.get_logger("tests")
        client = await nats.connect(**options("tests", Settings(nats_url=self.nats_url), logger))
        stories: dict[str, list[Event]] = {}
        async for message in read(client, STORIES.name, ALL_STORIES):
            envelope = Envelope.parse(message.headers)
            event = decode(envelope.kind, envelope.version, message.body)
            stories.setdefault(event.story_id, []).append(event)
        await client.close()
        return stories


class Author:
    """Somebody who asks for stories, each with a title of its own, and notes what was answered."""

    def __init__(self, house: House, http: aiohttp.ClientSession, name: str = "Story") -> None:
        self._name = name
        self._url = f"http://127.0.0.1:{house.port}"
        self._http = http
        self.accepted: dict[str, str] = {}
        """Story ids, by title."""
        self.refused: dict[str, int] = {}
        """Status, by title; 0 for no answer at all."""

    async def ask(self) -> str | None:
        """Ask for a story; its id when it was accepted."""
        title = f"{self._name} {len(self.accepted) + len(self.refused)}"
        form = aiohttp.FormData({"title": title})
        form.add_field("file", b"Once there was a lamp.", filename="lamp.txt", content_type="text/plain")
        self.refused[title] = 0
        try:
            async with self._http.post(f"{self._url}/api/stories", data=form) as answer:
                if answer.status == 202:
                    del self.refused[title]
                    self.accepted[title] = (await answer.json())["storyId"]
                    return self.accepted[title]
                self.refused[title] = answer.status
        except (aiohttp.ClientError, TimeoutError):
            pass
        return None

    async def keep_asking(self, pause: float) -> None:
        """Ask, one after the other."""
        while True:
            await self.ask()
            await asyncio.sleep(pause)

    async def is_ready(self) -> bool:
        """Whether the gateway says so."""
        async with self._http.get(f"{self._url}/readyz") as answer:
            return answer.status == 200

    async def story(self, story_id: str) -> Mapping[str, Any]:
        """The story as it stands; nothing while it cannot be read."""
        async with self._http.get(f"{self._url}/api/stories/{story_id}") as answer:
            found: Mapping[str, Any] = await answer.json() if answer.status == 200 else {}
            return found

    async def is_complete(self, story_id: str) -> bool:
        return (await self.story(story_id)).get("status") == "complete"

    async def listed_complete(self, story_ids: set[str]) -> bool:
        """Whether the projection has all of these stories, complete."""
        complete, cursor = set[str](), ""
        while True:
            async with self._http.get(f"{self._url}/api/stories?limit=100{cursor}") as answer:
                if answer.status != 200:
                    return False
                page = await answer.json()
            complete |= {story["storyId"] for story in page["stories"] if story["status"] == "complete"}
            if page.get("next") is None:
                return story_ids <= complete
            cursor = f"&before={page['next']}"


async def seconds_until(holds: Any, within: float, what: str) -> float:
    """Wait until something is true; how long that took."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < within, f"{what}: not within {within:g} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


def titles(stories: Mapping[str, list[Event]]) -> list[str]:
    """The titles of all stories in the log, as often as they stand there."""
    return [event.title for events in stories.values() for event in events if isinstance(event, Requested)]


async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """For a fixture."""
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=40), headers=tokens.bearer(tokens.token())
    ) as http:
        yield http
