"""What a test does around stores: writes stories as the other services do, asks, and looks into MongoDB."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import pytest
import structlog
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from contracts.events import Event, Wire
from contracts.story import Gone, StoryState, fold
from contracts.streams import STORIES
from contracts.subjects import story_events
from services.common import topology
from services.common.clock import new_id
from services.common.connection import REQUEST_TIMEOUT
from services.common.history import Head
from services.common.stored import last_position
from services.common.write_guard import WriteGuard
from services.store.app import store
from services.store.checkpoint import Checkpoints
from services.store.database import Database, Document
from services.store.log import EventLog
from services.store.metrics import Metrics
from services.store.projections.stories import STORIES as STORIES_PROJECTION
from services.store.projector import Projector
from services.store.records import Records
from services.store.settings import StoreSettings
from tests import controls

# pymongo's monitor, when it is cancelled in the middle of connecting to a mongod that is down, leaves the socket to the
# garbage collector.
MONGODB_GOES_AWAY = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
Reply = TypeVar("Reply", bound=Wire)
DEADLINE = 30.0


class Shelf:
    """One NATS and one database, with any number of stores at work between them."""

    def __init__(self, settings: StoreSettings, client: Client, db: Database) -> None:
        self.settings = settings
        self.client = client
        self.db = db
        self.registry = CollectorRegistry()
        self.guard = WriteGuard(client, "storywire/tests", new_id, time.monotonic)

    def store(self, registry: CollectorRegistry | None = None, **changes: object) -> AbstractAsyncContextManager[None]:
        """A store at work; the shelf's registry counts for it unless it brings its own."""
        settings = self.settings.model_copy(update=changes)
        return store(settings, structlog.stdlib.get_logger("tests"), registry=registry or self.registry)

    async def declare(self) -> None:
        await topology.declare(self.client.jetstream(), new_id)

    async def write(self, events: Iterable[Event]) -> Head:
        """Write a story, each event behind the one before."""
        head: Head | None = None
        for event in events:
            head = await self.guard.append(head or Head(event.story_id), event)
        assert head is not None
        return head

    async def write_on(self, events: Sequence[Event]) -> None:
        """Write the rest of a story whose first event is written."""
        js = self.client.jetstream()
        position = await last_position(js, STORIES.name, story_events(events[0].story_id))
        head = Head(events[0].story_id, fold(events[:1]), position, controls.envelope(events[0]))
        for event in events[1:]:
            head = await self.guard.append(head, event)

    async def write_behind(self, events: Sequence[Event], event: Event) -> Head:
        """Write one more event of a story."""
        story_id = events[0].story_id
        position = await last_position(self.client.jetstream(), STORIES.name, story_events(story_id))
        return await self.guard.append(Head(story_id, fold(events), position, controls.envelope(events[-1])), event)

    def records(self) -> Records:
        """What a store keeps events with."""
        log, logger = EventLog(self.db), structlog.stdlib.get_logger("tests")
        projector = Projector(self.db, log, Metrics(CollectorRegistry()), logger)
        return Records(log, projector, Checkpoints(self.db))

    async def log(self, story_id: str) -> list[Document]:
        return await self.db["events"].find({"storyId": story_id}).sort("sequence").to_list()

    async def story(self, story_id: str) -> StoryState | None:
        document = await self.db["stories"].find_one({"_id": story_id})
        story = None if document is None else STORIES_PROJECTION.read(document)
        assert not isinstance(story, Gone), "it was deleted"
        return story

    async def shows(self, events: Iterable[Event]) -> None:
        """Wait until the projection equals the fold of these events, byte for byte."""
        expected = fold(events)
        assert expected is not None

        async def equal() -> bool:
            story = await self.story(expected.story_id)
            return story is not None and story.body() == expected.body()

        await eventually(equal, f"the projection of {expected.story_id} to stand at {expected.sequence}")

    async def ask(self, subject: str, query: Wire, reply: type[Reply]) -> Reply:
        answer = await self.client.request(subject, query.body(), timeout=REQUEST_TIMEOUT)
        return reply.model_validate_json(answer.data)

    def count(self, name: str) -> float:
        value = self.registry.get_sample_value(f"storywire_store_{name}")
        assert value is not None, name
        return value

    def dead(self, reason: str) -> float:
        """How many dead letters the store has counted."""
        value = self.registry.get_sample_value("storywire_dead_letters_total", {"handler": "store", "reason": reason})
        assert value is not None, reason
        return value


async def eventually(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + DEADLINE
    while not await holds():
        assert time.monotonic() < deadline, f"waited {DEADLINE:.0f} s for {what}"
        await asyncio.sleep(0.02)


def story() -> tuple[Event, ...]:
    """A finished story of its own."""
    return controls.finished_story(story_id=new_id())
