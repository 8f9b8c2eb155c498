"""How long somebody waits: for an event, and for everybody to be back after a deploy."""

import asyncio
import time

from tests.bench.served import Side

_STORIES, _VIEWERS, _PER_SECOND = 10, 10, 50
MISSED = 5


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


async def reconnect(side: Side, clients: int) -> float:
    """Seconds until so many clients, coming all at once, are back: with Storywire, with the five events they missed."""
    stories = 20
    await side.author.begin(stories)
    side.author.prepare(MISSED)
    await side.author.publish()
    begun = time.monotonic()
    await side.open(clients // stories, missing=MISSED)
    if side.name == "Storywire":
        received = (await side.readers.tell("expect", events=clients * MISSED))["received"]
        assert received == clients * MISSED
    spent = time.monotonic() - begun
    await side.readers.tell("close")
    await asyncio.sleep(0.5)
    return spent
