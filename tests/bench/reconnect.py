"""A cut: everybody is gone, and comes back at once."""

import asyncio

from tests.bench.contest import OURS, Sample
from tests.bench.served import Side

_STORIES = 100
_MISSED = 5  # events of each story, written while nobody was there
_GONE = 1.0  # seconds after which the serving process has done with those who went


async def reconnect(side: Side, clients: int) -> Sample:
    """Seconds from the first reconnect until all have rejoined; with Storywire, until all have what they missed, too."""
    viewers, missed = clients // _STORIES, clients * _MISSED
    await side.author.begin(_STORIES)
    await side.open(viewers)
    await side.readers.tell("close")
    side.author.prepare(_MISSED)
    await side.author.publish()
    await asyncio.sleep(_GONE)
    before = side.seconds()
    answer = await side.open(viewers, _MISSED, missed if side.name == OURS else 0)
    spent = side.seconds() - before
    await side.readers.tell("close")
    await asyncio.sleep(_GONE)
    if side.name == OURS:
        assert answer["each"] == [[_MISSED, clients]], f"[events, clients who had so many] are {answer['each']}"
    return Sample(answer["seconds"], {"s of CPU": spent, "readers' core": answer["busy"]})
