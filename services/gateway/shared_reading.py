"""One reading of a story for all who ask at about the same time: thousands come back at once when a gateway was replaced.

Few stories are read at once. Whoever asks while a story waits for its turn shares its reading: the busier, the fewer a viewer.
"""

import asyncio

from services.gateway.stories import Read, Reading


class SharedReading:
    """Whoever asks gets a reading that began after they asked: what was committed before is in it. One runs at a time."""

    def __init__(self, read: Read, story_id: str, turns: asyncio.Semaphore) -> None:
        self._read = read
        self._story_id = story_id
        self._turns = turns
        self._running: asyncio.Task[Reading] | None = None
        self._next: asyncio.Task[Reading] | None = None

    async def get(self) -> Reading:
        """The reading that begins next. Raises Refused."""
        if self._next is None:
            self._next = asyncio.create_task(self._begin_after(self._running))
            self._next.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(self._next)

    async def _begin_after(self, running: asyncio.Task[Reading] | None) -> Reading:
        if running is not None:
            await asyncio.wait({running})
        async with self._turns:
            self._running, self._next = self._next, None
            return await self._read(self._story_id)
