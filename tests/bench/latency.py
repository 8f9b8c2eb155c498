"""How long an event is on its way."""

import asyncio
import time

from tests.bench.served import Side

_STORIES, _VIEWERS, _PER_SECOND = 10, 10, 50


async def latency(side: Side, seconds: int = 4) -> float:
    """The 99th percentile from publish to client, in ms, at 5,000 deliveries a second."""
    await side.author.begin(_STORIES)
    await side.open(_VIEWERS)
    deliveries = _STORIES * _VIEWERS * _PER_SECOND * seconds
    expecting = asyncio.create_task(side.readers.tell("expect", events=deliveries, latencies=True))
    due = time.monotonic()
    for _ in range(_PER_SECOND * seconds):
        side.author.prepare(1)
        await side.author.publish()
        due += 1 / _PER_SECOND
        await asyncio.sleep(max(0, due - time.monotonic()))
    taken = sorted((await expecting)["latencies"])
    await side.readers.tell("close")
    return float(taken[len(taken) * 99 // 100] / 1e6)
