"""Many objects at once, none of them in a circle: looking for circles among them again and again costs more than making them."""

import gc
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TypeVar

_OFTEN = 20  # batches between two collections

Batch = TypeVar("Batch")


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
