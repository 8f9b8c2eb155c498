"""Who writes the stories that are watched: events with the headers that real ones carry, each naming the one it follows."""

import asyncio
import time
from dataclasses import dataclass

import nats
from nats.aio.client import Client

from contracts.envelope import Envelope
from contracts.events import Event, ProcessingProgress
from contracts.streams import STORIES
from contracts.subjects import story_events, story_subject, write_subject
from services.common import topology
from services.common.clock import new_id, now
from services.common.history import Head
from services.common.write_guard import WriteGuard
from tests import controls
from tests.tokens import USER

_BODY = 240  # bytes
_NO_STAMP = b'"message":"' + 19 * b"0"
_SOURCE = "storywire/bench"


@dataclass(frozen=True)
class _Written:
    """An event ready to be published."""

    subject: str
    body: bytes
    headers: dict[str, str]


class Author:
    """The only writer at its NATS. It publishes without waiting for what went before, as many writers at once would."""

    def __init__(self, client: Client) -> None:
        self._js = client.jetstream(timeout=30)
        self._client = client
        self._guard = WriteGuard(client, _SOURCE, new_id, time.monotonic)
        self._position = 0
        self._stories: list[str] = []
        self._last: dict[str, int] = {}
        self._written: list[_Written] = []
        self.sequence = 1

    @classmethod
    async def at(cls, nats_url: str) -> "Author":
        """An author at this NATS, its streams declared."""
        client = await nats.connect(nats_url)
        await topology.declare(client.jetstream(timeout=30), new_id)
        return cls(client)

    @property
    def rooms(self) -> dict[str, int]:
        """The stories, each with the sequence of its last event."""
        return dict.fromkeys(self._stories, self.sequence)

    async def begin(self, stories: int) -> None:
        """Write stories of one event each, instead of those so far."""
        begun = [controls.requested(story_id=new_id(), owner=USER) for _ in range(stories)]
        heads = await asyncio.gather(*(self._guard.append(Head(event.story_id), event) for event in begun))
        self._stories = [head.story_id for head in heads]
        self._last = {head.story_id: head.position for head in heads}
        self._position = max(self._last.values())
        self.sequence = 1

    def prepare(self, events: int) -> None:
        """Think of so many more events of each story, interleaved: what is measured shall not wait for it."""
        for _ in range(events):
            self.sequence += 1
            self._written += [self._next(story_id) for story_id in self._stories]

    async def publish(self) -> None:
        """Write all that was prepared, as fast as JetStream takes it; return when all is acknowledged."""
        written, self._written = self._written, []
        acks = [
            await self._js.publish_async(each.subject, _stamped(each.body), stream=STORIES.name, headers=each.headers)
            for each in written
        ]
        await asyncio.gather(*acks)

    async def close(self) -> None:
        await self._client.close()

    def _next(self, story_id: str) -> _Written:
        event = _event(story_id, self.sequence)
        envelope = Envelope.of(event, new_id(), _SOURCE)
        guard = {
            "Nats-Expected-Last-Subject-Sequence": str(self._last[story_id]),
            "Nats-Expected-Last-Subject-Sequence-Subject": story_events(story_id),
        }
        self._position += 1
        self._last[story_id] = self._position
        return _Written(write_subject(story_subject(story_id, event.kind)), event.body(), envelope.headers() | guard)


def _event(story_id: str, sequence: int) -> Event:
    """An event of 240 bytes with room for a stamp."""
    event = ProcessingProgress(
        story_id=story_id, sequence=sequence, timestamp=now(), progress=50, step="ai_processing", attempt=1, message=""
    )
    return event.model_copy(update={"message": "0" * (_BODY - len(event.body()))})


def _stamped(body: bytes) -> bytes:
    """The same, its message beginning with when it is published: nanoseconds of the machine's monotonic clock."""
    return body.replace(_NO_STAMP, b'"message":"%019d' % time.monotonic_ns(), 1)
