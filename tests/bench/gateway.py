"""What is asked of the gateway, and of whom else."""

import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from tests.bench.contest import OURS, Bar, Contest, Measure, Work
from tests.bench.crowd import one_at_a_time
from tests.bench.fan_out import Crowd, fan_out
from tests.bench.latency import latency
from tests.bench.memory import memory
from tests.bench.reconnect import reconnect
from tests.bench.served import BARE, NODE, STOCK, Side, side

_CPU = "µs of CPU a delivery"


@dataclass(frozen=True)
class _Asked:
    """A work, what makes a side ready to be measured at it, and who does it beside Storywire."""

    work: Work
    ready: Callable[[Side], AbstractAsyncContextManager[Measure]]
    peers: tuple[str, ...] = (NODE,)
    warm_ups: int = 1


def _fan_out(crowd: Crowd, size: str, what: str, bar: Bar | None = None, *also: str) -> _Asked:
    return _Asked(Work("fan-out", what, size, _CPU, bar), partial(fan_out, crowd=crowd), (NODE, *also))


def _stories(viewers: int, events: int, bar: float, *counts: int) -> list[_Asked]:
    """So many stories, interleaved; the bar is for 200 of them."""
    what = f"fan-out, {viewers} viewer{'s' if viewers > 1 else ''} a story"
    return [
        _fan_out(
            Crowd(count, viewers, events // count),
            f"{count} stories",
            what,
            Bar(bar) if count == 200 else None,
            *((STOCK,) if count == 200 else ()),
        )
        for count in counts
    ]


def _crowd(viewers: int, bar: Bar | None = None) -> _Asked:
    work = Work("crowd", "1 story, an event at a time", f"{viewers:,} viewers", _CPU, bar)
    return _Asked(work, partial(one_at_a_time, viewers=viewers), (BARE,))


def _memory(viewers: int, *also: str, bar: Bar | None = None) -> _Asked:
    work = Work("memory", "memory of idle viewers", f"{viewers:,} viewers", "KiB a viewer", bar)
    return _Asked(work, partial(memory, viewers=viewers), (NODE, *also), warm_ups=0)


def _latency(rate: int, bar: Bar | None = None) -> _Asked:
    work = Work("latency", "publish to client, p99", f"{rate:,} deliveries/s", "ms", bar)
    return _Asked(work, partial(latency, rate=rate))


def _reconnect(clients: int, bar: Bar | None = None) -> _Asked:
    work = Work("reconnect", "all back and caught up (Node: back)", f"{clients:,} clients", "s", bar)
    return _Asked(work, partial(reconnect, clients=clients), warm_ups=0)  # all have come once before


ASKED = (
    *_stories(1, 4_000, 0.7, 50, 100, 200),
    *_stories(5, 2_000, 0.5, 50, 100, 200),
    *(
        _fan_out(
            Crowd(10, viewers, 20_000 // viewers // 10), f"{viewers} viewers each", "fan-out, 10 stories", bar, *also
        )
        for viewers, bar, also in ((10, None, ()), (50, Bar(0.25), (STOCK,)), (100, None, ()))
    ),
    *(_crowd(viewers, bar) for viewers, bar in ((250, None), (500, None), (1_000, Bar(1.3)))),
    _memory(250),
    _memory(500),
    _memory(1_000, STOCK, bar=Bar(1)),
    *(_latency(rate, bar) for rate, bar in ((1_250, None), (2_500, None), (5_000, Bar(1)))),
    *(_reconnect(clients, bar) for clients, bar in ((500, None), (1_000, None), (2_000, Bar(1)))),
)


async def contests(is_wanted: Callable[[str], bool]) -> AsyncGenerator[Contest, None]:
    """Those that are wanted. Each kind of work has processes of its own: none pays for the connections that another one had."""
    for name, asked in groupby(ASKED, lambda asked: asked.work.name):
        if is_wanted(name):
            async with aclosing(_side_by_side(list(asked))) as contests:
                async for contest in contests:
                    yield contest


async def _side_by_side(asked: Sequence[_Asked]) -> AsyncGenerator[Contest, None]:
    """Whoever is asked in any of them stays up until the last is over."""
    needed = {OURS: None} | {peer: None for each in asked for peer in each.peers}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storywire-")))
        sides = {name: await stack.enter_async_context(side(name, folder / str(at))) for at, name in enumerate(needed)}
        for each in asked:
            async with AsyncExitStack() as ready:
                names = (OURS, *each.peers)
                measures = {name: await ready.enter_async_context(each.ready(sides[name])) for name in names}
                yield Contest(each.work, measures, warm_ups=each.warm_ups)
