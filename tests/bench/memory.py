"""What a viewer costs who only waits."""

import asyncio

from tests.bench.contest import Sample
from tests.bench.served import Side

_STORIES = 50
_SETTLED = 0.5  # seconds in which what joining left to do is done


async def memory(side: Side, viewers: int) -> Sample:
    """KiB of the serving process a viewer, in a process that has just been started.

    One viewer of each story has joined before: what is loaded at the first join is not counted.
    """
    side.server.restart()
    await side.author.begin(_STORIES)
    await side.open(1)
    await asyncio.sleep(_SETTLED)
    before = side.memory()
    await side.open(viewers // _STORIES)
    await asyncio.sleep(_SETTLED)
    taken = side.memory() - before
    await side.readers.tell("close")
    return Sample(taken / viewers / 1024)
