"""One socket's view of one story: each event once, in order."""

from dataclasses import dataclass
from typing import Protocol, Self

from nats.aio.msg import Msg

from contracts.events import TERMINAL
from contracts.subjects import LIVE, parse_subject, socket_event
from services.gateway.live import LiveReading
from services.gateway.raw_json import RawJson
from services.gateway.stories import Reading


class Deliver(Protocol):
    """Sends an event to a socket; a `patient` one waits for a socket that is slow, and keeps nobody else waiting."""

    async def __call__(self, sid: str, name: str, body: RawJson, /, *, patient: bool = False) -> None:
        """`name` is the event's Socket.IO name."""


AFTER_THE_TEXT = TERMINAL  # an attempt's text is whole before it ends
POSITION = "Nats-Sequence"  # header of a republished message


@dataclass(frozen=True)
class Heard:
    """An event, or a piece of live text, as NATS told it. Its position is one of the stream that stored it."""

    name: str
    position: int
    body: RawJson
    live: bool = False

    @classmethod
    def of(cls, message: Msg) -> Self | None:
        """The event in a message; None when no stream has stored it: such a message has no part in any story."""
        position = (message.headers or {}).get(POSITION)
        if position is None:
            return None
        kind = parse_subject(message.subject).kind
        live = message.subject.startswith(LIVE)
        return cls(socket_event(kind), int(position), RawJson(message.data.decode()), live)


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
        self._live_position = 0

    async def begin(self, reading: Reading, after: int) -> None:
        """Send what the reading has after `after`, then what came meanwhile; from then on whatever comes.

        The socket knows the live text that was read: it was told in one piece.
        """
        self._live_position = reading.live.position
        await self._send(reading, after, patient=True)
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
            await self._send(news, self._sequence)
        elif news.live:
            if news.position > self._live_position:
                self._live_position = news.position
                await self._deliver(self.sid, news.name, news.body)
        elif news.position > self._position:
            # Sequences have no gaps: the next one heard is the next one.
            self._position, self._sequence = news.position, self._sequence + 1
            await self._deliver(self.sid, news.name, news.body)

    async def _send(self, reading: Reading, after: int, *, patient: bool = False) -> None:
        if reading.sequence > self._sequence:
            self._position, self._sequence = reading.position, reading.sequence
        for recorded in reading.events:
            if recorded.event.sequence > after:
                if isinstance(recorded.event, AFTER_THE_TEXT):
                    await self._send_live(reading.live, recorded.event.attempt)
                name = socket_event(recorded.envelope.kind)
                await self._deliver(self.sid, name, RawJson(recorded.body.decode()), patient=patient)
        await self._send_live(reading.live)

    async def _send_live(self, live: LiveReading, attempt: int | None = None) -> None:
        """Send the pieces that were missed, those of attempts up to this one."""
        for delta in live.deltas:
            if delta.position > self._live_position and (attempt is None or delta.piece.attempt <= attempt):
                self._live_position = delta.position
                await self._deliver(self.sid, socket_event(delta.piece.kind), RawJson(delta.body.decode()))
