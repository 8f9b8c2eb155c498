"""Events from NATS to those who watch: CPU of the serving process for each event that reaches one client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from tests.bench.contest import Measure, Sample
from tests.bench.served import Side

_OPENED_PAUSE = 0.2  # seconds in which what joining left to do is done


@dataclass(frozen=True)
class Crowd:
    """So many stories with so many viewers each."""

    stories: int
    viewers: int
    events: int  # of each story, in one round

    @property
    def deliveries(self) -> int:
        return self.stories * self.viewers * self.events


@asynccontextmanager
async def fan_out(side: Side, crowd: Crowd) -> AsyncIterator[Measure]:
    """Everybody watches while the body runs."""
    async with side.watched(crowd.stories, crowd.viewers):
        await asyncio.sleep(_OPENED_PAUSE)
        yield partial(_publish, side, crowd)


async def _publish(side: Side, crowd: Crowd) -> Sample:
    """Microseconds a delivery, in one round; and the share of a core that the readers took."""
    side.author.prepare(crowd.events)
    before = side.seconds()
    expecting = asyncio.create_task(side.readers.tell("expect", events=crowd.deliveries))
    await side.author.publish()
    answer = await expecting
    spent = side.seconds() - before
    everybody = [[crowd.events, crowd.stories * crowd.viewers]]
    assert answer["each"] == everybody, (
        f"{side.name}: [events, viewers who had so many] are {answer['each']}, not {everybody}"
    )
    return Sample(1e6 * spent / crowd.deliveries, {"readers' core": answer["busy"]})
