"""Stories as their owners may read them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from contracts.codec import InvalidEvent
from contracts.events import TERMINAL, Deleted, Wire
from contracts.fold import SequenceGap
from contracts.ids import InvalidStoryId, story_id
from contracts.queries import ActivityQuery, ActivityReply, ListQuery, ListReply, QueryFailed
from contracts.socket import LiveText
from contracts.story import StoryState, fold
from contracts.streams import STORE, STORIES
from contracts.subjects import QUERY_ACTIVITY, QUERY_LIST, kind_heard, story_events
from services.common.history import Head, History, Recorded
from services.common.stored import Unreadable
from services.gateway.identity import Reader
from services.gateway.link import Link
from services.gateway.live import LiveReading, current_epoch, read_live
from services.gateway.refusal import Refused, story_not_found, unavailable

READINGS_AT_ONCE = 8  # when thousands come back: the fewer there are, the more share one
STORE_TIMEOUT = 2.0  # seconds
Reply = TypeVar("Reply", ListReply, ActivityReply)
TICK = 0.05  # seconds; what was read before a story was not found does not show in when that is told
_ENDS = {kind.kind for kind in (*TERMINAL, Deleted)}
CAUGHT_UP = 1_000  # events that the store may be behind: what it takes in within a second or two


@dataclass(frozen=True)
class Reading:
    """A story as it was read: its state, the events that led there, and how far in the stream that was.

    Its live text is read for those who watch, after the events, and so is the stream's epoch.
    """

    head: Head
    events: list[Recorded]
    live: LiveReading = field(default_factory=LiveReading)
    epoch: str = ""

    @property
    def sequence(self) -> int:
        """The sequence of the last event, 0 when there is none."""
        return self.events[-1].event.sequence if self.events else 0

    @cached_property
    def live_text(self) -> LiveText | None:
        """The text so far; None while no attempt is running. One may have begun since the events were read."""
        state = self.head.state
        if state is None:
            return None
        if state.status == "processing":
            return self.live.text(state.attempt)
        begun = self.live.text(state.attempt + 1)
        return begun if begun is not None and begun.next_index else None


@dataclass(frozen=True)
class Story:
    """A reading of a story that exists."""

    reading: Reading
    state: StoryState

    @property
    def head(self) -> Head:
        """What a write has to follow."""
        return self.reading.head

    @property
    def sequence(self) -> int:
        """The sequence of the last event."""
        return self.reading.sequence

    def at(self, sequence: int) -> StoryState:
        """The state as it was after its event number `sequence`. Raises Refused for one that has not happened."""
        if sequence > self.sequence:
            message = f"at: the story has {self.sequence} events so far."
            raise Refused(422, "parameter_invalid", message, field="at", limit=self.sequence)
        return fold(recorded.event for recorded in self.reading.events[:sequence]) or self.state


Read = Callable[[str], Awaitable[Reading]]


class Stories:
    """Reads stories: one from JetStream, which is never behind what a socket was told, lists from the store."""

    def __init__(self, link: Link, history: History) -> None:
        self._link = link
        self._history = history
        self.turns = asyncio.Semaphore(READINGS_AT_ONCE)
        """What a reading waits for."""

    async def read(self, reader: Reader, given: str, read: Read | None = None) -> Story:
        """A story that the reader may read. Raises Refused when there is no such story, or when it cannot be read now.

        `read` reads it for those who watch; else its live text is left out.
        """
        began = asyncio.get_running_loop().time()
        try:
            story = story_id(given)
            reading = await (read or self.reading)(story)
        except InvalidStoryId as error:
            raise story_not_found(given) from error
        state = reading.head.state
        if state is not None and reader.may_read(state):
            return Story(reading, state)
        if state is not None:
            await self._read_as_if_there_were_none(given)
        elapsed = asyncio.get_running_loop().time() - began
        await asyncio.sleep(TICK - elapsed % TICK)
        raise story_not_found(given)

    async def _read_as_if_there_were_none(self, story: str) -> None:
        """Somebody else's story: refused where one that does not exist would be, and with the same words."""
        try:
            await self._history.ask_the_log(story)
        except Unreadable as error:
            raise unavailable(f"The story cannot be read now: {error}") from error

    async def reading(self, story: str) -> Reading:
        """Whatever there is of the story but its live text, whosever it is. Raises Refused when it cannot be read now."""
        async with self.turns:
            return await self._reading(Reading(Head(story), []), live=False)

    async def watched(self, story: str, known: Reading | None = None) -> Reading:
        """Whatever there is of the story, for those who watch it; they wait for a turn themselves. Raises Refused as `reading`.

        Of what is known only what has come since is read, if the stream is still the one that it came from.
        """
        self._link.require()
        with _told_what_is_away():
            known = known or Reading(Head(story), [], epoch=await current_epoch(self._link.client))
        reading = await self._reading(known, live=True)
        return reading if reading.epoch == known.epoch else await self.watched(story)

    async def _reading(self, known: Reading, *, live: bool) -> Reading:
        self._link.require()
        with _told_what_is_away():
            head, events = await self._history.since(known.head, known.events)
            pieces = await read_live(self._link.client, head.story_id, known.live) if live else LiveReading()
            if live and head.state is not None and not pieces.begins(head.state.attempt):
                # No word of it yet, or none any more: it may have been taken away with its story since that was read.
                latest, last = await self._history.since(head, events)
                head, events = (latest, last) if latest.deleted else (head, events)
            epoch = await current_epoch(self._link.client) if live else ""
        return Reading(head, events, LiveReading() if head.deleted else pieces, epoch)

    async def has_ended(self, story: str) -> bool:
        """Whether the log says that the story has come to an end, or has gone. Raises Refused."""
        js = self._link.client.jetstream(timeout=STORE_TIMEOUT)
        try:
            last = await js.get_last_msg(STORIES.name, story_events(story))
        except NotFoundError:
            return False
        except (NatsError, TimeoutError) as error:
            raise unavailable("The story cannot be read now; try again in a moment.") from error
        return kind_heard(last.subject or "", story_events(story)) in _ENDS

    async def page(self, query: ListQuery) -> ListReply:
        """One page of an owner's stories. Raises Refused."""
        self._link.require()
        return await self._ask(QUERY_LIST, query, ListReply)

    async def activity(self, query: ActivityQuery) -> ActivityReply:
        """What an owner's stories came to, day by day. Raises Refused."""
        self._link.require()
        return await self._ask(QUERY_ACTIVITY, query, ActivityReply)

    async def _ask(self, subject: str, query: Wire, reply: type[Reply]) -> Reply:
        try:
            answer = await self._link.client.request(subject, query.body(), timeout=STORE_TIMEOUT)
        except (NatsError, TimeoutError) as error:
            raise unavailable("The store does not answer; try again in a moment.") from error
        try:
            return reply.model_validate_json(answer.data)
        except ValidationError as error:
            raise _failed(answer.data) from error

    async def caught_up(self) -> bool:
        """Whether the store answers, and is not far behind the stream."""
        await self.page(ListQuery(owner="", limit=1))
        js = self._link.client.jetstream(timeout=STORE_TIMEOUT)
        consumer = await js.consumer_info(STORIES.name, STORE.durable)
        return (consumer.num_pending or 0) <= CAUGHT_UP


@contextmanager
def _told_what_is_away() -> Iterator[None]:
    """Raise Refused when a story cannot be read."""
    try:
        yield
    except (Unreadable, NatsError, TimeoutError) as error:
        raise unavailable(f"The story cannot be read now: {error}") from error
    except (SequenceGap, InvalidEvent) as error:
        raise unavailable(f"The story's events are not whole: {error}") from error


def _failed(answer: bytes) -> Refused:
    try:
        failed = QueryFailed.model_validate_json(answer)
    except ValidationError:
        failed = QueryFailed(error="it answered something that was not asked")
    if failed.field is not None:
        return Refused(422, "parameter_invalid", failed.error, field=failed.field)
    return unavailable(f"The store cannot tell of stories now: {failed.error}")
