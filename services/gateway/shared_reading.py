"""One reading of a story for all who ask at about the same time: thousands come back at once when a gateway was replaced.

Few stories are read at once. Whoever asks while a story waits for its turn shares its reading: the busier, the fewer a viewer.
What one reading found is known to the next, for a while: however long a story is, who comes back costs what is new in it.
"""

import asyncio
from collections.abc import Awaitable, Callable

from services.gateway.stories import Reading

KEPT = 10.0  # seconds that a reading is known; a story that nobody joins takes no memory

ReadOn = Callable[[str, Reading | None], Awaitable[Reading]]


class SharedReading:
    """Whoever asks gets a reading that began after they asked: what was committed before is in it. One runs at a time."""

    def __init__(self, read: ReadOn, story_id: str, turns: asyncio.Semaphore, kept: float = KEPT) -> None:
        self._read = read
        self._kept = kept
        self._story_id = story_id
        self._turns = turns
        self._running: asyncio.Task[Reading] | None = None
        self._next: asyncio.Task[Reading] | None = None
        self._known: Reading | None = None
        self._forgotten = 0  # how often
        self._closed = False
        self._forgetting: asyncio.TimerHandle | None = None

    async def get(self) -> Reading:
        """The reading that begins next. Raises Refused."""
        if self._next is None:
            self._next = asyncio.create_task(self._begin_after(self._running))
            self._next.add_done_callback(self._done)
        return await asyncio.shield(self._next)

    def close(self) -> None:
        """Nobody asks any more: what still runs is not begun anew, nor kept."""
        self._closed = True
        self.forget()

    def forget(self) -> None:
        """Let the next reading begin from nothing; one that runs begins anew."""
        self._known = None
        self._forgotten += 1
        if self._forgetting is not None:
            self._forgetting.cancel()

    def _done(self, done: asyncio.Task[Reading]) -> None:
        if self._running is done:
            self._running = None  # it holds what it read
        if not done.cancelled():
            done.exception()  # is told to all who asked, if there are any

    async def _begin_after(self, running: asyncio.Task[Reading] | None) -> Reading:
        if running is not None:
            await asyncio.wait({running})
        async with self._turns:
            self._running, self._next = self._next, None
            return await self._read_on()

    async def _read_on(self) -> Reading:
        known, forgotten = self._known, self._forgotten
        self.forget()  # should this fail, too
        reading = await self._read(self._story_id, known)
        if self._closed:
            return reading
        if self._forgotten != forgotten + 1:
            return await self._read_on()
        self._known = reading
        self._forgetting = asyncio.get_running_loop().call_later(self._kept, self.forget)
        return reading
