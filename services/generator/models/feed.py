import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _End:
    error: Exception | None


class Feed(Generic[T]):
    """Carries what a thread or a task reads to the one coroutine that waits for it. Made on the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[T | _End] = asyncio.Queue()

    def put(self, item: T) -> None:
        """Hand on one item, from any thread."""
        self._send(item)

    def end(self, error: Exception | None = None) -> None:
        """Say that nothing more comes, and why, from any thread."""
        self._send(_End(error))

    async def next(self) -> T | None:
        """The next item; None after the last. Raises what the feed ended with."""
        item = await self._queue.get()
        if not isinstance(item, _End):
            return item
        if item.error is not None:
            raise item.error
        return None

    def _send(self, item: T | _End) -> None:
        # A loop that has closed has no reader either.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)
