"""Collecting garbage where thousands of connections live: each holds hundreds of objects, and a full look stops everybody."""

import gc
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

YOUNG = (
    10_000  # objects made and kept before there is a look at them; Python's own 700 are what one client's coming makes
)


@asynccontextmanager
async def rarely_collected(service: AbstractAsyncContextManager[object]) -> AsyncIterator[None]:
    """Run the service while the body runs. What it is made of stays to the end, and is not looked through again."""
    usual = gc.get_threshold()
    async with service:
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, *usual[1:])
        try:
            yield
        finally:
            gc.set_threshold(*usual)
            gc.unfreeze()
