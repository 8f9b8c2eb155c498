"""Many objects at once, none of them in a circle: looking for circles among them again and again costs more than making them."""

import gc
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TypeVar

_RARELY = 20_000, 20, 100  # objects, then collections of younger ones, between two of the collector's runs
_OFTEN = 20  # batches between two collections

Batch = TypeVar("Batch")


def collect_rarely() -> None:
    """From now on, for as long as the process lives. What it holds already stays, and is not looked at again."""
    gc.freeze()
    gc.set_threshold(*_RARELY)


async def rarely_collected(batches: AsyncIterable[Batch]) -> AsyncGenerator[Batch, None]:
    """The batches. Until they end, the garbage collector runs once in some of them, and not by itself."""
    was = gc.isenabled()
    gc.disable()
    try:
        count = 0
        async for batch in batches:
            yield batch
            count += 1
            if count % _OFTEN == 0:
                gc.collect()
    finally:
        if was:
            gc.enable()
