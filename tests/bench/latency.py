"""How long an event is on its way, on one clock: from just before it is published until a client has read it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from tests.bench.contest import Measure, Sample
from tests.bench.served import Side

_STORIES, _VIEWERS = 10, 10
_SECONDS = 2


@asynccontextmanager
async def latency(side: Side, rate: int) -> AsyncIterator[Measure]:
    """Everybody watches while the body runs."""
    async with side.watched(_STORIES, _VIEWERS):
        yield partial(_time, side, rate)


async def _time(side: Side, rate: int) -> Sample:
    """The 99th percentile in ms, at so many deliveries a second.

    Besides the median, and what of each is the readers' own: how long a socket waited that was known to be readable.
    """
    turns = rate // (_STORIES * _VIEWERS) * _SECONDS  # in each, every story goes on by one event
    expecting = asyncio.create_task(side.readers.tell("expect", events=turns * _STORIES * _VIEWERS, latencies=True))
    await _publish(side, turns)
    answer = await expecting
    assert answer["each"] == [[turns, _STORIES * _VIEWERS]], f"{side.name}: [events, viewers] are {answer['each']}"
    taken, own = answer["latencies"], answer["own"]
    besides = {"p50": percentile(taken, 50), "readers' own p99": percentile(own, 99), "readers' core": answer["busy"]}
    return Sample(percentile(taken, 99), besides)


async def _publish(side: Side, turns: int) -> None:
    due = time.monotonic()
    for _ in range(turns):
        side.author.prepare(1)
        await side.author.publish()
        due += _SECONDS / turns
        await asyncio.sleep(max(0, due - time.monotonic()))


def percentile(nanoseconds: Sequence[int], share: int) -> float:
    """In ms: what so many of a hundred do not exceed."""
    return sorted(nanoseconds)[(len(nanoseconds) * share - 1) // 100] / 1e6
