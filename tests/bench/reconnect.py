"""A cut: everybody is gone, and comes back at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.bench.contest import OURS, Measure, Sample
from tests.bench.served import Side

_STORIES = 100
_MISSED = 5  # events of each story, written while nobody was there
_GONE = 1.0  # seconds after which the serving process has done with those who went


@asynccontextmanager
async def reconnect(side: Side, clients: int) -> AsyncIterator[Measure]:
    """All are there before the first round, as at the end of each."""
    async with side.watched(_STORIES, clients // _STORIES):
        yield partial(_cut, side, clients)
    await asyncio.sleep(_GONE)


async def _cut(side: Side, clients: int) -> Sample:
    """Seconds from the first reconnect until all have rejoined; with Storywire, until all have what they missed, too."""
    await side.readers.tell("close")
    side.author.prepare(_MISSED)
    await side.author.publish()
    await asyncio.sleep(_GONE)
    before = side.seconds()
    answer = await side.open(clients // _STORIES, _MISSED, clients * _MISSED if side.name == OURS else 0)
    spent = side.seconds() - before
    if side.name == OURS:
        assert answer["each"] == [[_MISSED, clients]], f"[events, clients who had so many] are {answer['each']}"
    return Sample(answer["seconds"], {"s of CPU": spent, "readers' core": answer["busy"]})
