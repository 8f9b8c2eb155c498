"""One story and a thousand viewers: an event at a time, beside a bare loop of `send()`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.bench.contest import Measure, Sample
from tests.bench.served import BARE, Side

_EVENTS = 40


@asynccontextmanager
async def one_at_a_time(side: Side, viewers: int) -> AsyncIterator[Measure]:
    """Everybody watches while the body runs."""
    async with side.watched(1, viewers):
        yield partial(_tell, side, viewers)


async def _tell(side: Side, viewers: int) -> Sample:
    """Microseconds a delivery, in one round: the next event is written when everybody has had the one before."""
    before = side.seconds()
    for _ in range(_EVENTS):
        await _say(side)
        each = (await side.readers.tell("expect", events=viewers))["each"]
        assert each == [[1, viewers]], f"{side.name}: [events, viewers who had so many] are {each}"
    spent = side.seconds() - before
    return Sample(1e6 * spent / (_EVENTS * viewers))


async def _say(side: Side) -> None:
    if side.name == BARE:
        _, writer = await asyncio.open_connection("127.0.0.1", side.port)
        writer.write(b"go")
        await writer.drain()
        writer.close()
    else:
        side.author.prepare(1)
        await side.author.publish()
