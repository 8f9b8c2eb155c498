"""Storywire beside what a user would pick instead: `make bench`, or `python -m tests.bench [NAME...]`. Prints a Markdown table."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench.crowd import one_at_a_time
from tests.bench.fan_out import Crowd, fan_out
from tests.bench.latency import latency
from tests.bench.memory import memory
from tests.bench.reconnect import reconnect
from tests.bench.served import SIDES, Side, side

_ROUNDS = 3
Measure = Callable[[Side], Awaitable[float]]


@dataclass(frozen=True)
class Bench:
    """One piece of work, and who does it beside Storywire. `bar` is the most that our share of the first peer may be."""

    name: str
    work: str
    unit: str
    peers: tuple[str, ...]
    measure: Measure
    bar: float | None = None


def _fan_out(stories: int, viewers: int, events: int, bar: float | None, *peers: str) -> Bench:
    work = f"{stories} stories x {viewers} viewers"
    measure = partial(fan_out, crowd=Crowd(stories, viewers, events))
    return Bench("fan-out", work, "µs of CPU a delivery", ("Node", *peers), measure, bar)


BENCHES = (
    _fan_out(50, 1, 160, None),
    _fan_out(200, 1, 40, 0.7, "python-socketio"),
    _fan_out(400, 1, 20, None),
    _fan_out(50, 5, 60, None),
    _fan_out(200, 5, 15, 0.5, "python-socketio"),
    _fan_out(400, 5, 8, None),
    _fan_out(10, 10, 200, None),
    _fan_out(10, 50, 80, 0.25),
    _fan_out(10, 100, 40, None),
    *(
        Bench(
            "crowd",
            f"1 story x {viewers} viewers, an event at a time",
            "µs of CPU a delivery",
            ("bare send()",),
            partial(one_at_a_time, viewers=viewers),
            bar,
        )
        for viewers, bar in ((250, None), (1_000, 1.3), (2_000, None))
    ),
    *(
        Bench("memory", f"{viewers} viewers who wait", "KiB a viewer", ("Node",), partial(memory, viewers=viewers), bar)
        for viewers, bar in ((250, None), (500, None), (1_000, 1.0))
    ),
    Bench("latency", "publish to client, p99, 5,000 deliveries/s", "ms", ("Node",), latency, 1.0),
    *(
        Bench("reconnect", f"{clients} clients back at once", "s", ("Node",), partial(reconnect, clients=clients), bar)
        for clients, bar in ((500, None), (1_000, None), (2_000, 1.0))
    ),
)


async def run(names: Sequence[str]) -> None:
    """Each bench in alternating rounds; a line of the table as soon as it is known."""
    wanted = [bench for bench in BENCHES if not names or bench.name in names]
    _say("| bench | work | unit | Storywire | peer | | ratio | lowest..highest | bar |")
    _say("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        async with AsyncExitStack() as stack:
            needed = {"Storywire", *(peer for bench in wanted for peer in bench.peers)}
            sides = {
                name: await stack.enter_async_context(side(name, Path(folder) / str(number)))
                for number, name in enumerate(SIDES)
                if name in needed
            }
            for bench in wanted:
                await _measure(bench, sides)


async def _measure(bench: Bench, sides: dict[str, Side]) -> None:
    found: dict[str, list[float]] = {name: [] for name in ("Storywire", *bench.peers)}
    for _ in range(_ROUNDS):
        for name, taken in found.items():
            taken.append(await bench.measure(sides[name]))
    ours = found.pop("Storywire")
    for peer, theirs in found.items():
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
        bar = "" if bench.bar is None or peer != bench.peers[0] else f"{bench.bar}"
        _say(
            f"| {bench.name} | {bench.work} | {bench.unit} | {median(ours):.2f} | {peer} | {median(theirs):.2f} "
            f"| {median(ours) / median(theirs):.2f} | {min(ratios):.2f}..{max(ratios):.2f} | {bar} |"
        )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1:]))
