"""What one client says: one thing at a time, and no faster than may be."""

import asyncio
import math
from collections.abc import Awaitable, Callable

from services.gateway.pace import Pace
from services.gateway.refusal import Refused

MOST_WAITING = 16  # that a client may say before it has been answered; only one that polls gets so far
_FRAMES = 8  # for each event that may be said: pongs, and what tells nothing at all


class Inbox:
    """Refuses what comes too fast, and holds up whoever reads it: nothing more is read from the client meanwhile."""

    def __init__(self, per_second: float, monotonic: Callable[[], float]) -> None:
        self._limit = math.floor(per_second)
        self._events = Pace(per_second, monotonic)
        self._frames = Pace(per_second * _FRAMES, monotonic)
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def frame(self) -> None:
        """Count a frame, whatever it says. Returns when the next may be read."""
        if early := self._frames.early():
            await asyncio.sleep(early)
            self._frames.early()

    async def take(self, handle: Callable[[], Awaitable[None]], refuse: Callable[[Refused], Awaitable[None]]) -> None:
        """Have an event handled in its turn, or refused."""
        early = self._events.early()
        if early or self._waiting >= MOST_WAITING:
            await refuse(self._too_many(early))
            await asyncio.sleep(early)
            return
        self._waiting += 1
        try:
            async with self._turn:
                await handle()
        finally:
            self._waiting -= 1

    def _too_many(self, early: float) -> Refused:
        return Refused(
            429,
            "too_many_events",
            f"A socket may send {self._limit} events a second. (EVENTS_PER_SECOND)",
            limit=self._limit,
            retry_after=max(1, math.ceil(early)),
        )
