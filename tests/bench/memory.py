"""What a viewer costs who only waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.bench.contest import Measure, Sample
from tests.bench.served import Side

_STORIES = 50
_SETTLED = 0.5  # seconds in which what joining left to do is done


@asynccontextmanager
async def memory(side: Side, viewers: int) -> AsyncIterator[Measure]:
    """Nothing has to be there before a round: each begins with a process of its own."""
    yield partial(_grow, side, viewers)


async def _grow(side: Side, viewers: int) -> Sample:
    """KiB of the serving process a viewer, in a process that has just been started.

    One viewer of each story has joined before: what is loaded at the first join is not counted.
    """
    side.server.restart()
    async with side.watched(_STORIES, 1):
        await asyncio.sleep(_SETTLED)
        before = side.memory()
        await side.open(viewers // _STORIES)
        await asyncio.sleep(_SETTLED)
        taken = side.memory() - before
    return Sample(taken / viewers / 1024)
