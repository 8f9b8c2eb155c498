"""Events from NATS to those who watch: CPU of the serving process for each event that reaches one client."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

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


async def fan_out(side: Side, crowd: Crowd) -> float:
    """Microseconds a delivery, in one round."""
    await side.author.begin(crowd.stories)
    await side.open(crowd.viewers)
    side.author.prepare(crowd.events)
    await asyncio.sleep(_OPENED_PAUSE)
    before = side.seconds()
    expecting = asyncio.create_task(side.readers.tell("expect", events=crowd.deliveries))
    await side.author.publish()
    each = (await expecting)["each"]
    spent = side.seconds() - before
    await side.readers.tell("close")
    everybody = [[crowd.events, crowd.stories * crowd.viewers]]
    assert each == everybody, f"{side.name}: [events, viewers who had so many] are {each}, not {everybody}"
    return 1e6 * spent / crowd.deliveries


async def rounds(sides: Sequence[Side], crowd: Crowd, count: int) -> dict[str, list[float]]:
    """Alternating, so that whatever the machine does meanwhile it does to all of them."""
    found: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(count):
        for side in sides:
            found[side.name].append(await fan_out(side, crowd))
    return found
