"""One socket's view of one story: each event once, in order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from nats.aio.msg import Msg

from contracts.subjects import parse_subject, socket_event
from services.gateway.raw_json import RawJson
from services.gateway.stories import Reading

Deliver = Callable[[str, str, RawJson], Awaitable[None]]
"""Sends an event to a socket: its sid, the event's Socket.IO name, the payload."""

POSITION = "Nats-Sequence"  # header of a republished message


@dataclass(frozen=True)
class Heard:
    """A committed event as NATS told it live."""

    name: str
    position: int
    body: RawJson

    @classmethod
    def of(cls, message: Msg) -> Self | None:
        """The event in a message; None when no stream has stored it: such a message has no part in any story."""
        position = (message.headers or {}).get(POSITION)
        if position is None:
            return None
        kind = parse_subject(message.subject).kind
        return cls(socket_event(kind), int(position), RawJson(message.data.decode()))


News = Reading | Heard


class Viewer:
    """What comes is kept until the viewer has begun, and passed on from then on.

    What is heard live is told apart by its position. A reading is told apart by sequences: it may come from the log of a
    stream that is no more, whose positions say nothing about this one's.
    """

    def __init__(self, sid: str, deliver: Deliver) -> None:
        self.sid = sid
        self._deliver = deliver
        self._waiting: list[News] | None = []
        self._sequence = 0
        self._position = 0

    async def begin(self, reading: Reading, after: int) -> None:
        """Send what the reading has after `after`, then what came meanwhile; from then on whatever comes."""
        await self._send(reading, after)
        while self._waiting:
            await self._pass_on(self._waiting.pop(0))
        self._waiting = None

    async def take(self, news: News) -> None:
        """Send what is new in the news, now or in its turn."""
        if self._waiting is None:
            await self._pass_on(news)
        else:
            self._waiting.append(news)

    async def _pass_on(self, news: News) -> None:
        if isinstance(news, Reading):
            if news.sequence > self._sequence:
                await self._send(news, self._sequence)
        elif news.position > self._position:
            # Sequences have no gaps: the next one heard is the next one.
            self._position, self._sequence = news.position, self._sequence + 1
            await self._deliver(self.sid, news.name, news.body)

    async def _send(self, reading: Reading, after: int) -> None:
        self._position, self._sequence = reading.position, reading.sequence
        for recorded in reading.events:
            if recorded.event.sequence > after:
                name = socket_event(recorded.envelope.kind)
                await self._deliver(self.sid, name, RawJson(recorded.body.decode()))
