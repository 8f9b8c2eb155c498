"""One socket's view of one story: each event once, in order."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple, Protocol

from contracts.events import TERMINAL
from services.gateway.live import LiveReading
from services.gateway.parcel import Parcel, Said, parcels
from services.gateway.stories import Reading


class Outlet(Protocol):
    """Where a socket is sent things."""

    def send(self, parcel: Parcel, /) -> None:
        """Send it. A socket that has gone gets nothing, one that does not keep up is cut off."""

    async def room(self) -> None:
        """Wait for a socket that takes in its history, and is slow."""


AFTER_THE_TEXT = TERMINAL  # an attempt's text is whole before it ends


class Heard(NamedTuple):
    """An event, or a piece of live text, as NATS told it. Its position is one of the stream that stored it."""

    said: Said
    position: int
    live: bool = False


class Turn:
    """What one turn of the loop brought of a story."""

    def __init__(self, heard: list[Heard]) -> None:
        self.heard = heard
        self.parcel = Parcel([each.said for each in heard])
        self.events = [each.position for each in heard if not each.live]
        self.deltas = [each.position for each in heard if each.live]
        self._ascends = len(heard) == 1 or (_ascending(self.events) and _ascending(self.deltas))

    def is_all_beyond(self, position: int, live_position: int) -> bool:
        """Whether one who has come this far has seen nothing of it."""
        return (
            self._ascends
            and (not self.events or self.events[0] > position)
            and (not self.deltas or self.deltas[0] > live_position)
        )


News = Reading | Turn
Tally = Callable[[Parcel, int], None]  # what was sent, and to how many


class Viewer:
    """What comes is kept until the viewer has begun, and passed on from then on.

    What is heard live is told apart by its position. A reading is told apart by sequences: it may come from the log of a
    stream that is no more, whose positions say nothing about this one's.
    """

    def __init__(self, outlet: Outlet, tally: Tally) -> None:
        self._outlet = outlet
        self._tally = tally
        self._waiting: list[News] | None = []
        self._sequence = 0
        self._position = 0
        self._live_position = 0

    async def begin(self, reading: Reading, after: int) -> None:
        """Send what the reading has after `after`, then what came meanwhile; from then on whatever comes.

        The socket knows the live text that was read: it was told in one piece.
        """
        self._live_position = reading.live.position
        for parcel in parcels(self._missing(reading, after)):
            await self._outlet.room()
            self._send(parcel)
        waiting, self._waiting = self._waiting or [], None
        for news in waiting:
            self.take(news)

    def take(self, news: News) -> None:
        """Send what is new in the news, now or in its turn."""
        if self._waiting is not None:
            self._waiting.append(news)
        elif isinstance(news, Reading):
            self._send_all(self._missing(news, self._sequence))
        elif news.is_all_beyond(self._position, self._live_position):
            self._pass_on(news)
        else:
            self._send_all(heard.said for heard in news.heard if self._is_new(heard))

    def _pass_on(self, turn: Turn) -> None:
        if turn.events:
            # Sequences have no gaps: the next one heard is the next one.
            self._position, self._sequence = turn.events[-1], self._sequence + len(turn.events)
        if turn.deltas:
            self._live_position = turn.deltas[-1]
        self._send(turn.parcel)

    def _is_new(self, heard: Heard) -> bool:
        """Whether it had not come yet. From now on it has."""
        if heard.live:
            new = heard.position > self._live_position
            self._live_position = max(heard.position, self._live_position)
        else:
            new = heard.position > self._position
            self._position, self._sequence = max(heard.position, self._position), self._sequence + new
        return new

    def _missing(self, reading: Reading, after: int) -> Iterator[Said]:
        if reading.sequence > self._sequence:
            self._position, self._sequence = reading.position, reading.sequence
        for recorded in reading.events:
            if recorded.event.sequence > after:
                if isinstance(recorded.event, AFTER_THE_TEXT):
                    yield from self._missing_text(reading.live, recorded.event.attempt)
                yield Said.of(recorded.envelope.kind, recorded.body)
        yield from self._missing_text(reading.live)

    def _missing_text(self, live: LiveReading, attempt: int | None = None) -> Iterator[Said]:
        """The pieces that were missed, those of attempts up to this one."""
        for delta in live.deltas:
            if delta.position > self._live_position and (attempt is None or delta.piece.attempt <= attempt):
                self._live_position = delta.position
                yield Said.of(delta.piece.kind, delta.body)

    def _send_all(self, said: Iterable[Said]) -> None:
        for parcel in parcels(said):
            self._send(parcel)

    def _send(self, parcel: Parcel) -> None:
        self._outlet.send(parcel)
        self._tally(parcel, 1)


def _ascending(positions: list[int]) -> bool:
    return all(first < second for first, second in pairwise(positions))
