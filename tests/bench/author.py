"""Who writes the stories that are watched: events with the headers that real ones carry, each naming the one it follows."""

import asyncio
import time

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

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
_SOURCE = "storywire/bench"


class Author:
    """Writes to many stories at once, to each one event after the other."""

    def __init__(self, client: Client, js: JetStreamContext) -> None:
        self._client = client
        self._js = js
        self._guard = WriteGuard(client, _SOURCE, new_id, time.monotonic)
        self.heads: dict[str, Head] = {}
        self._positions: dict[str, int] = {}
        self.sequences: dict[str, int] = {}

    @classmethod
    async def at(cls, nats_url: str) -> "Author":
        """An author at this NATS, its streams declared."""
        client = await nats.connect(nats_url)
        js = client.jetstream(timeout=30)
        await topology.declare(js, new_id)
        return cls(client, js)

    async def begin(self, stories: int) -> None:
        """Write stories of one event each, instead of those so far."""
        begun = [controls.requested(story_id=new_id(), owner=USER) for _ in range(stories)]
        heads = await asyncio.gather(*(self._guard.append(Head(event.story_id), event) for event in begun))
        self._positions = {head.story_id: head.position for head in heads}
        self.sequences = dict.fromkeys(self._positions, 1)

    async def sweep(self) -> None:
        """Write one more event to each story; return when all are acknowledged."""
        acks = await asyncio.gather(*[await self._publish(story_id) for story_id in self._positions])
        self._positions = {story_id: ack.seq for story_id, ack in zip(self._positions, acks, strict=True)}

    async def _publish(self, story_id: str) -> "asyncio.Future[nats.js.api.PubAck]":
        self.sequences[story_id] += 1
        event = _event(story_id, self.sequences[story_id])
        envelope = Envelope.of(event, new_id(), _SOURCE)
        guard = {
            "Nats-Expected-Last-Subject-Sequence": str(self._positions[story_id]),
            "Nats-Expected-Last-Subject-Sequence-Subject": story_events(story_id),
        }
        target = write_subject(story_subject(story_id, event.kind))
        return await self._js.publish_async(
            target, event.body(), stream=STORIES.name, headers=envelope.headers() | guard
        )

    async def close(self) -> None:
        await self._client.close()


def _event(story_id: str, sequence: int) -> Event:
    """An event of 240 bytes whose message says when it was written."""
    event = ProcessingProgress(
        story_id=story_id,
        sequence=sequence,
        timestamp=now(),
        progress=50,
        step="ai_processing",
        attempt=1,
        message=str(time.monotonic_ns()),
    )
    return event.model_copy(update={"message": (event.message or "").rjust(_BODY - len(event.body()), "0")})
