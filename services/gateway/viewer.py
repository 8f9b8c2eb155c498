"""One socket's view of one story: each event once, in order."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from contracts.events import TERMINAL
from services.gateway.live import LiveReading
from services.gateway.parcel import Parcel, Said, parcels
from services.gateway.stories import Reading


class Outlet(Protocol):
    """Where a socket is sent things."""

    def send(self, parcel: Parcel, /) -> int:
        """Send it. A socket that has gone gets nothing, one that does not keep up is cut off. Returns how many it is sent to."""

    async def room(self) -> None:
        """Wait for a socket that takes in its history, and is slow."""


AFTER_THE_TEXT = TERMINAL  # an attempt's text is whole before it ends


class Turn(Parcel):
    """What one read from NATS brought of a story."""

    __slots__ = ("ascends", "events", "live_position", "live_since", "position", "since")

    def __init__(self, said: list[Said]) -> None:
        super().__init__(said)
        events = since = live_since = 0
        last = last_live = 0
        ascends = True
        for _, position, _, live in said:
            if live:
                ascends = ascends and position > last_live
                live_since, last_live = live_since or position, position
            else:
                ascends = ascends and position > last
                since, last = since or position, position
                events += 1
        self.events = events  # how many there are, live text aside
        self.since, self.position = since, last  # where the first stands, and the last; 0 when there is none
        self.live_since, self.live_position = live_since, last_live
        self.ascends = ascends


News = Reading | Turn
# The stream's epoch, the last sequence, the last position, that of the last piece of live text.
Place = tuple[str, int, int, int]
Tally = Callable[[Parcel, int], None]  # what was sent, and to how many


class Viewer:
    """What comes is kept until the viewer has begun, and passed on from then on.

    What is heard live is told apart by its position. A reading is told apart by sequences: it may come from the log of a
    stream that is no more, whose positions say nothing about this one's.
    """

    __slots__ = ("_epoch", "_live_position", "_position", "_sequence", "_tally", "_waiting", "outlet")

    def __init__(self, outlet: Outlet, tally: Tally) -> None:
        self.outlet = outlet
        self._tally = tally
        self._waiting: list[News] | None = []
        self._epoch = ""
        self._sequence = 0
        self._position = 0
        self._live_position = 0

    @property
    def place(self) -> Place | None:
        """Where it stands: whoever stands there is told the same from there on. None until it has begun."""
        return (self._epoch, self._sequence, self._position, self._live_position) if self._waiting is None else None

    def begin_at(self, place: Place) -> None:
        """Pass on what comes from there on."""
        self._epoch, self._sequence, self._position, self._live_position = place
        self._waiting = None

    async def begin(self, reading: Reading, after: int) -> None:
        """Send what the reading has after `after`, then what came meanwhile; from then on whatever comes.

        The socket knows the live text that was read: it was told in one piece.
        """
        self._live_position = reading.live.position
        for parcel in parcels(self._missing(reading, after)):
            await self.outlet.room()
            self._send(parcel)
        waiting, self._waiting = self._waiting or [], None
        for news in waiting:
            if isinstance(news, Reading):
                self.catch_up(news)
            else:
                self.take(news)

    def catch_up(self, reading: Reading) -> None:
        """Send what is new in the reading, now or in its turn."""
        if self._waiting is not None:
            self._waiting.append(reading)
        else:
            self._send_all(self._missing(reading, self._sequence))

    def take(self, turn: Turn) -> None:
        """Send what is new in the turn, now or later."""
        if self._waiting is not None:
            self._waiting.append(turn)
        elif turn.ascends and self._has_seen_nothing_of(turn):
            if turn.events:
                # Sequences have no gaps: the next one heard is the next one.
                self._position, self._sequence = turn.position, self._sequence + turn.events
            if turn.live_position:
                self._live_position = turn.live_position
            self._send(turn)
        else:
            self._send_all(said for said in turn.said if self._is_new(said))

    def _has_seen_nothing_of(self, turn: Turn) -> bool:
        return (not turn.events or turn.since > self._position) and (
            not turn.live_position or turn.live_since > self._live_position
        )

    def _is_new(self, said: Said) -> bool:
        """Whether it had not come yet. From now on it has."""
        if said.live:
            new = said.position > self._live_position
            self._live_position = max(said.position, self._live_position)
        else:
            new = said.position > self._position
            self._position, self._sequence = max(said.position, self._position), self._sequence + new
        return new

    def _missing(self, reading: Reading, after: int) -> Iterator[Said]:
        if reading.epoch != self._epoch:
            self._enter(reading)
        elif reading.sequence > self._sequence:
            self._position, self._sequence = reading.head.position, reading.sequence
        for recorded in reading.events:
            if recorded.event.sequence > after:
                if isinstance(recorded.event, AFTER_THE_TEXT):
                    yield from self._missing_text(reading.live, recorded.event.attempt)
                yield Said.of(recorded.envelope.kind, recorded.position, recorded.body)
        yield from self._missing_text(reading.live)

    def _enter(self, reading: Reading) -> None:
        """The stream lives anew: its positions begin again, and those of the text unless that went on."""
        self._epoch, self._sequence, self._position = reading.epoch, reading.sequence, reading.head.position
        if reading.live.position < self._live_position:
            self._live_position = 0

    def _missing_text(self, live: LiveReading, attempt: int | None = None) -> Iterator[Said]:
        """The pieces that were missed, those of attempts up to this one."""
        for delta in live.deltas:
            if delta.position > self._live_position and (attempt is None or delta.piece.attempt <= attempt):
                self._live_position = delta.position
                yield Said.of(delta.piece.kind, delta.position, delta.body, live=True)

    def _send_all(self, said: Iterable[Said]) -> None:
        for parcel in parcels(said):
            self._send(parcel)

    def _send(self, parcel: Parcel) -> None:
        self._tally(parcel, self.outlet.send(parcel))
