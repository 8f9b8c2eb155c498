"""One who looks at stories over Socket.IO, is cut off again and again, and writes down what is seen, as it is seen."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from typing import Any

from contracts.events import TERMINAL, Deleted, ProcessingComplete, ProcessingDelta, ProcessingStart
from contracts.socket import JOIN, LEAVE
from contracts.subjects import socket_event
from tests import tokens
from tests.chaos.ledger import Ledger, Sight, Sighting, digest
from tests.chaos.live import Live
from tests.chaos.wire import Ack, Lost, Packet, Wire, dial

_ENDS = {socket_event(kind.kind) for kind in TERMINAL}
_COMPLETE, _START, _DELTA, _DELETED = (
    socket_event(kind.kind) for kind in (ProcessingComplete, ProcessingStart, ProcessingDelta, Deleted)
)
_JOIN_WITHIN = 15.0  # seconds for a join to be answered; a gateway that is frozen is left after that


class _Place:
    """A story that is watched, and how the watching stands on this connection."""

    def __init__(self, sight: Sight, live: Live) -> None:
        self.sight = sight
        self.live = live
        self.known = 0  # the sequence that the last join's ack named; what is above it comes live


class Viewer:
    """One socket that watches many stories. Drops nothing and repairs nothing: every promise is the gateway's to keep,
    but for a join after each connection, from the last sequence that was seen.
    """

    def __init__(self, name: str, port: int, ledger: Ledger, chance: Random, lifetime: tuple[float, float]) -> None:
        self.name = name
        self._port = port
        self._ledger = ledger
        self._chance = chance
        self._lifetime = lifetime
        self._places: dict[str, _Place] = {}
        self._asked: dict[int, tuple[str, float]] = {}
        self._joined_here: set[str] = set()  # on this connection: who joins twice may be told twice
        self._tasks: set[asyncio.Future[None]] = set()
        self._wire: Wire | None = None
        self.calm = False

    def watch(self, sight: Sight) -> None:
        """Look at a story from its beginning."""
        self._ledger.sights.append(sight)
        self._places[sight.story] = _Place(sight, Live(sight, self._ledger))
        self._soon(self._join(sight.story))

    def release(self, story: str) -> None:
        """Look at it no more."""
        place = self._places.pop(story, None)
        if place is not None:
            place.sight.released = True
            self._soon(self._leave(story))

    async def run(self) -> None:
        """Connect, look, be cut off, connect again, for ever."""
        while True:
            with suppress(Lost):
                await self._connection()
            await asyncio.sleep(0.1 if self.calm else self._chance.uniform(0, 1.5))

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        async def unless_lost() -> None:
            with suppress(Lost):
                await work

        task = asyncio.ensure_future(unless_lost())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connection(self) -> None:
        wire = await dial(self._port, tokens.token())
        self._ledger.counts["connections"] += 1
        self._wire, self._asked, self._joined_here = wire, {}, set()
        cut = asyncio.get_running_loop().call_later(self._chance.uniform(*self._lifetime), self._cut, wire)
        overdue = asyncio.create_task(self._leave_who_does_not_answer(wire))
        try:
            for story in list(self._places):
                await self._join(story)
            async for packet in wire.packets():
                if isinstance(packet, Ack):
                    await self._answered(packet)
                else:
                    self._saw(packet)
        finally:
            cut.cancel()
            overdue.cancel()
            self._wire = None
            wire.abort()

    def _cut(self, wire: Wire) -> None:
        if not self.calm:
            self._ledger.counts["cuts by viewers"] += 1
            wire.abort()

    async def _leave_who_does_not_answer(self, wire: Wire) -> None:
        while True:
            await asyncio.sleep(1)
            if any(time.monotonic() - asked > _JOIN_WITHIN for _, asked in self._asked.values()):
                self._ledger.counts["joins not answered in time"] += 1
                wire.abort()

    async def _join(self, story: str, pause: float = 0) -> None:
        await asyncio.sleep(pause)
        place = self._places.get(story)
        if self._wire is not None and place is not None and story not in self._joined_here:
            self._joined_here.add(story)
            number = await self._wire.ask(JOIN, {"storyId": story, "after": place.sight.last})
            self._asked[number] = story, time.monotonic()

    async def _leave(self, story: str) -> None:
        if self._wire is not None:
            await self._wire.ask(LEAVE, {"storyId": story})

    async def _answered(self, ack: Ack) -> None:
        story, _ = self._asked.pop(ack.number, ("", 0))
        place = self._places.get(story)
        if place is None:
            return
        self._ledger.counts["joins"] += 1
        if ack.answer["ok"]:
            self._joined(place, ack.answer)
            return
        code = ack.answer["error"]["code"]
        self._ledger.counts[f"joins refused: {code}"] += 1
        if code == "story_not_found" and place.sight.assignment.forget_after is not None:
            place.sight.gone = True  # Whether anybody had asked for that, the log says.
            return
        if code != "unavailable":
            self._ledger.violation("client-refused", story, "an acknowledged story can be joined", ack.answer)
        self._joined_here.discard(story)
        self._soon(self._join(story, pause=0.5))

    def _joined(self, place: _Place, answer: dict[str, Any]) -> None:
        place.known = answer["sequence"]
        if place.known < place.sight.last:
            self._ledger.violation(
                "client-rewound", place.sight.story, f"at least {place.sight.last} events", answer["sequence"]
            )
        if self._ledger.live:
            place.live.joined(answer)

    def _saw(self, packet: Packet) -> None:
        place = self._places.get(packet.data["storyId"])
        if place is None:
            return  # Released; what was on its way is nobody's concern.
        if packet.name == _DELTA:
            self._ledger.counts["deltas offered"] += 1
            if self._ledger.live:
                place.live.grew(packet.data)
            return
        self._ledger.counts["events seen"] += 1
        self._in_order(place.sight, packet)
        place.sight.seen.append(Sighting(packet.data["sequence"], packet.name, digest(packet.raw.encode())))
        if packet.name == _START:
            place.live.started(packet.data["attempt"])
        elif packet.name == _COMPLETE:
            self._completed(place, packet.data)
        place.sight.ends += packet.name in _ENDS
        place.sight.gone |= packet.name == _DELETED

    def _in_order(self, sight: Sight, packet: Packet) -> None:
        sequence, follows = packet.data["sequence"], sight.last + 1
        if sequence > follows and packet.name != _DELETED:  # what it took away cannot be told any more
            self._ledger.violation("client-gap", sight.story, follows, f"{self.name} got {packet.name} {sequence}")
        elif sequence < follows:
            check = "client-duplicate" if any(one.sequence == sequence for one in sight.seen) else "client-order"
            self._ledger.violation(check, sight.story, follows, f"{self.name} got {packet.name} {sequence}")

    def _completed(self, place: _Place, data: dict[str, Any]) -> None:
        place.sight.text = data["generatedContent"]
        if self._ledger.live and data["sequence"] > place.known:
            place.live.completed(data["attempt"], data["generatedContent"])
