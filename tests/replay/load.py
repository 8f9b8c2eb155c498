"""Writes at a steady rate, and somebody who reads all the time and believes nothing."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from nats.aio.client import Client

from contracts.queries import ListQuery, ListReply, StoryQuery, StoryReply
from contracts.streams import STORIES
from contracts.subjects import QUERY_LIST, QUERY_STORY, story_subject, write_subject
from services.store.replay import seed

OWNER = "load"
_TICK = 0.05  # seconds


class Load:
    """Publishes seeded stories to JetStream, `rate` events a second."""

    def __init__(self, client: Client, rate: int) -> None:
        self._js = client.jetstream(timeout=10)
        self._rate = rate
        self.written = 0
        self.stories: list[str] = []

    async def run(self, stop: asyncio.Event) -> None:
        entries = seed.entries(10_000_000, 99, OWNER)
        began = time.monotonic()
        while not stop.is_set():
            due = int((time.monotonic() - began) * self._rate) - self.written
            acks = []
            for entry in (next(entries) for _ in range(due)):
                target = write_subject(story_subject(entry.story_id, entry.event.kind))
                body, headers = entry.event.payload.encode(), entry.envelope().headers()
                acks.append(await self._js.publish_async(target, body, stream=STORIES.name, headers=headers))
                if entry.event.sequence == 1:
                    self.stories.append(entry.story_id)
            async with asyncio.timeout(30):
                await asyncio.gather(*acks)
            self.written += due
            await asyncio.sleep(_TICK)


@dataclass
class Reader:
    """Asks the stores without a pause. A story must never be missing, or older, than it was once seen to be."""

    client: Client
    load: Load
    reads: int = 0
    failed: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    slowest: float = 0.0
    _seen: dict[str, int] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        chance = random.Random(1)
        while not stop.is_set():
            await self._list()
            if self.load.stories:
                await self._story(chance.choice(self.load.stories[-200:]))

    async def _list(self) -> None:
        body = await self._ask(QUERY_LIST, ListQuery(owner=OWNER, limit=20).body())
        try:
            for story in ListReply.model_validate_json(body).stories:
                self._look(story.story_id, story.sequence)
        except ValueError:
            self.failed.append(body.decode())

    async def _story(self, story_id: str) -> None:
        body = await self._ask(QUERY_STORY, StoryQuery(story_id=story_id).body())
        try:
            story = StoryReply.model_validate_json(body).story
            self._look(story_id, story.sequence if story else 0)
        except ValueError:
            self.failed.append(body.decode())

    async def _ask(self, subject: str, body: bytes) -> bytes:
        began = time.monotonic()
        reply = await self.client.request(subject, body, timeout=10)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.reads += 1
        return bytes(reply.data)

    def _look(self, story_id: str, sequence: int) -> None:
        if sequence < self._seen.get(story_id, 0):
            self.stale.append(f"{story_id} at {sequence} after {self._seen[story_id]}")
        self._seen[story_id] = max(sequence, self._seen.get(story_id, 0))
