"""A story's own events, from JetStream while it holds them and from the store's log beyond."""

import asyncio
from dataclasses import dataclass, replace

from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts import subjects
from contracts.codec import InvalidEvent, decode
from contracts.envelope import Envelope, InvalidEnvelope
from contracts.events import Deleted, Event
from contracts.queries import EventsQuery, EventsReply, LoggedEvent
from contracts.story import StoryState, fold
from contracts.streams import STORIES
from services.common.connection import REQUEST_TIMEOUT
from services.common.stored import StoredMessage, Unreadable, last_position, read

LAST_SEQUENCE = 2**53 - 1  # that there can be
_LAG = 0.02  # seconds before a replica that lags is asked again


@dataclass(frozen=True)
class Recorded:
    """One event of a story with its envelope, its position in the stream, and its body's bytes."""

    event: Event
    envelope: Envelope
    position: int
    body: bytes


@dataclass(frozen=True)
class Head:
    """Where a story stands: what the next write has to follow. `position` is 0 before the first event."""

    story_id: str
    state: StoryState | None = None
    position: int = 0
    envelope: Envelope | None = None
    deleted: bool = False
    """Whether its owner wanted it gone: then it has no state, and nothing may be written to it."""

    @property
    def next_sequence(self) -> int:
        """The sequence of the event to be written next."""
        return 1 if self.state is None else self.state.sequence + 1


class History:
    """Reads stories. Every read ends at what the leader had committed when it began, or later."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._js = client.jetstream(timeout=REQUEST_TIMEOUT)

    async def events(self, story_id: str, after: int = 0) -> list[Recorded]:
        """The story's events with a sequence above `after`, ascending. Raises Unreadable."""
        held, _ = await self._held(story_id)
        if not held or held[0].event.sequence > after + 1:
            held = await self._logged(story_id, after, before=held[0].event.sequence if held else None) + held
        return [recorded for recorded in held if recorded.event.sequence > after]

    async def head(self, story_id: str) -> Head:
        """The story's state and the position that the next write has to follow. Raises Unreadable."""
        head, _ = await self.whole(story_id)
        return head

    async def whole(self, story_id: str) -> tuple[Head, list[Recorded]]:
        """Where the story stands, and all the events that led there; of a deleted one only the last. Raises Unreadable."""
        held, position = await self._held(story_id)
        if position and (not held or held[0].event.sequence > 1):
            held = await self._logged(story_id, 0, before=held[0].event.sequence if held else None) + held
        elif not position:
            held = await self._logged(story_id, 0, before=None)
            if held and (await self._held(story_id))[1]:  # The log's answer may have more than a position of 0 says.
                return await self.whole(story_id)
        return _followed(Head(story_id), [], held, position)

    async def since(self, head: Head, events: list[Recorded]) -> tuple[Head, list[Recorded]]:
        """As `whole` of a story that stood at `head` after `events` when it was read from this stream. Raises Unreadable."""
        if head.position:
            later, position = await self._held(head.story_id, head.position)
            if position >= head.position:  # else JetStream has less of it than it had
                return _followed(head, events, later, position)
        return await self.whole(head.story_id)

    async def ask_the_log(self, story_id: str) -> None:
        """Ask the store, as for a story that JetStream does not hold, and learn nothing. Raises Unreadable."""
        await self._ask(EventsQuery(story_id=story_id, after=LAST_SEQUENCE))

    async def _held(self, story_id: str, after: int = 0) -> tuple[list[Recorded], int]:
        """What JetStream holds of the story after that position, and its last position there."""
        subject = subjects.story_events(story_id)
        held: list[Recorded] = []
        try:
            until = await last_position(self._js, STORIES.name, subject)
            position = min(after, until)
            while position < until:  # A replica that answers a direct get may lag behind its leader.
                async for message in read(self._client, STORIES.name, subject, start=position + 1):
                    position = message.position
                    if (recorded := _recorded(message)) is not None:
                        held.append(recorded)
                if position < until:
                    await asyncio.sleep(_LAG)
                    until = await last_position(self._js, STORIES.name, subject)  # Or it was purged meanwhile.
        except (NatsError, TimeoutError) as error:
            raise Unreadable("NATS did not answer; is it up? (NATS_URL)") from error
        return held, position

    async def _logged(self, story_id: str, after: int, before: int | None) -> list[Recorded]:
        """What the store's log has with a sequence between `after` and `before`."""
        logged: list[Recorded] = []
        cursor: int | None = after
        while cursor is not None and (before is None or cursor < before - 1):
            query = EventsQuery(story_id=story_id, after=cursor)
            reply = await self._ask(query)
            logged += [_from_log(event) for event in reply.events if before is None or event.sequence < before]
            cursor = reply.next
        return logged

    async def _ask(self, query: EventsQuery) -> EventsReply:
        try:
            reply = await self._client.request(subjects.QUERY_EVENTS, query.body(), timeout=REQUEST_TIMEOUT)
            return EventsReply.model_validate_json(reply.data)
        except (NatsError, TimeoutError, ValidationError) as error:
            raise Unreadable("the store did not answer; is it up, and MongoDB with it? (MONGODB_URL)") from error


def _followed(head: Head, events: list[Recorded], later: list[Recorded], position: int) -> tuple[Head, list[Recorded]]:
    """Where a story stands that stood at `head` after `events`, now that `later` ones have come. Raises SequenceGap."""
    if not later:
        return replace(head, position=position), events
    events, envelope = events + later, later[-1].envelope
    if isinstance(later[-1].event, Deleted):
        return Head(head.story_id, position=position, envelope=envelope, deleted=True), later[-1:]
    state = fold((recorded.event for recorded in later), head.state)
    return Head(head.story_id, state, position, envelope), events


def _recorded(message: StoredMessage) -> Recorded | None:
    """The event in a message; None when it is none: such a message has no part in any story."""
    try:
        envelope = Envelope.parse(message.headers)
        event = decode(envelope.kind, envelope.version, message.body)
    except (InvalidEnvelope, InvalidEvent):
        return None
    return Recorded(event, envelope, message.position, message.body)


def _from_log(logged: LoggedEvent) -> Recorded:
    event = decode(logged.kind, logged.version, logged.payload)
    return Recorded(event, logged.envelope, logged.position, logged.payload.encode())
