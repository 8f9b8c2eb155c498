"""Writing a story's events: every write names the event it follows, and whoever lost that race is told so."""

import asyncio
from collections.abc import Callable
from math import isinf

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js.errors import APIError

from contracts import subjects
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.story import evolve
from contracts.streams import STORIES
from services.common.clock import NewId
from services.common.connection import REQUEST_TIMEOUT
from services.common.expected import WRONG_LAST_SEQUENCE, expecting
from services.common.history import Head
from services.common.stored import first_after

_PAUSE = 0.25  # seconds between tries while NATS is away


class Conflict(RuntimeError):
    """Somebody else wrote to the story first. Read it again and decide again."""


class TooLarge(RuntimeError):
    """The event does not fit into a NATS message."""


class Unwritable(RuntimeError):
    """NATS did not take the event in time. It may still turn out to be written, never twice."""


class WriteGuard:
    """Appends events to stories, each at most once, each right behind the event that its writer knew as the last."""

    def __init__(self, client: Client, source: str, new_id: NewId, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._js = client.jetstream(timeout=REQUEST_TIMEOUT)
        self._source = source
        self._new_id = new_id
        self._monotonic = monotonic

    async def append(
        self, head: Head, event: Event, cause: Envelope | None = None, patience: float = float("inf")
    ) -> Head:
        """Write `event` behind `head` and return the new head.

        Tries for `patience` seconds. Raises Conflict, TooLarge, or Unwritable when the patience is over.
        """
        envelope = Envelope.of(event, self._new_id(), self._source, cause or head.envelope)
        try:
            position = await self._write(head, event, envelope, deadline=self._monotonic() + patience)
        except TimeoutError as error:
            raise Unwritable("NATS did not take the event in time; is it up? (NATS_URL)") from error
        return Head(event.story_id, evolve(head.state, event), position, envelope)

    async def _write(self, head: Head, event: Event, envelope: Envelope, deadline: float) -> int:
        """Try until it is certain that the event is written. Returns its position. Raises TimeoutError."""
        while True:
            left = None if isinf(deadline) else deadline - self._monotonic()
            position = await asyncio.wait_for(self._try(head, event, envelope), left)
            if position is not None:
                return position
            await asyncio.sleep(_PAUSE)

    async def _try(self, head: Head, event: Event, envelope: Envelope) -> int | None:
        """Publish once. Returns the position; None when nobody can tell yet whether it was written."""
        guard = expecting(subjects.story_events(event.story_id), head.position)
        target = subjects.write_subject(subjects.story_subject(event.story_id, event.kind))
        try:
            ack = await self._js.publish(
                target, event.body(), stream=STORIES.name, headers={**envelope.headers(), **guard}
            )
        except MaxPayloadError as error:
            raise TooLarge(f"{event.kind} is larger than NATS takes ({self._client.max_payload} bytes)") from error
        except APIError as error:
            return await self._find(head, envelope, refused=error.err_code == WRONG_LAST_SEQUENCE)
        except (NatsError, TimeoutError):
            return await self._find(head, envelope, refused=False)
        return ack.seq

    async def _find(self, head: Head, envelope: Envelope, *, refused: bool) -> int | None:
        """After an answer that may mean either: see what really follows `head`.

        A refusal is ambiguous too: it is what the second try of a publish meets whose first ack was lost.
        """
        story = subjects.story_events(head.story_id)
        try:
            position, headers = await first_after(self._js, STORIES.name, story, head.position)
        except (NatsError, TimeoutError):
            return None
        if headers.get("ce-id") == envelope.id:
            return position
        if position or refused:
            raise Conflict(f"story {head.story_id}: another event follows position {head.position}")
        return None
