"""Bad networks: many clients, each cut off again and again, under a steady flow.

`python -m tests.chaos.jitter --clients 500 --seconds 180`
"""

import argparse
import asyncio
import dataclasses
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import quantiles

from contracts.socket import JOIN
from services.common.clock import seeded_ids
from tests import tokens
from tests.chaos.chance import chance_of
from tests.chaos.connection import connected
from tests.chaos.flow import Flow
from tests.chaos.settings import Settings
from tests.chaos.stack import Stack
from tests.chaos.wire import Ack, Lost, Wire, dial

_ARRIVAL = 5.0  # seconds, at most, in which they come for the first time
_REST = 30.0  # seconds that the last events have to arrive


@dataclass(frozen=True)
class Jitter:
    """One run. Seconds everywhere; `rate` is in events a second and story."""

    seed: int = 1
    clients: int = 500
    seconds: float = 180.0
    every: float = 15.0
    away: float = 2.0
    rate: float = 1.0
    clients_a_story: int = 25


@dataclass
class Client:
    """One who watches one story through a bad network, and repairs nothing."""

    story: str
    ports: Sequence[int]
    settings: Jitter
    chance: Random
    seen: list[int] = field(default_factory=list)
    caught_up: list[float] = field(default_factory=list)
    """Seconds from each dialling again to having all that was there when the join was answered."""
    joined: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Watch, be cut off, come back, for ever."""
        until_cut = self.chance.uniform(0, self.settings.every)
        await asyncio.sleep(self.chance.uniform(0, min(_ARRIVAL, self.settings.every)))
        while True:
            with suppress(TimeoutError):
                await self._connection(until_cut)
            until_cut = self.settings.every * self.chance.uniform(0.9, 1.1) - self.settings.away
            await asyncio.sleep(self.settings.away * self.chance.uniform(0.8, 1.2))

    async def _connection(self, until_cut: float) -> None:
        began = asyncio.get_running_loop().time()
        wire: Wire | None = None
        try:
            wire = await dial(self.chance.choice(self.ports), tokens.token())
            async with asyncio.timeout(until_cut):
                await self._watch(wire, began)
        except Lost as reason:
            self.failed[str(reason)] += 1
        finally:
            if wire is not None:
                wire.abort()

    async def _watch(self, wire: Wire, began: float) -> None:
        await wire.ask(JOIN, {"storyId": self.story, "after": self.seen[-1] if self.seen else 0})
        goal: int | None = None
        async for packet in wire.packets():
            if isinstance(packet, Ack):
                if not packet.answer["ok"]:
                    raise Lost(packet.answer["error"]["message"])
                goal = packet.answer["sequence"]
            elif "sequence" in packet.data:
                self.seen.append(packet.data["sequence"])
            if goal is not None and (self.seen[-1] if self.seen else 0) >= goal:
                goal = None
                self.joined += 1
                if self.joined > 1:
                    self.caught_up.append(asyncio.get_running_loop().time() - began)


@dataclass
class Delivered:
    """What arrived, of what should have."""

    settings: Jitter
    expected: int
    delivered: int
    duplicates: int
    gaps: int
    failed: Counter[str]
    """Connections that came to nothing, or were ended from the other side, by what was said then."""
    caught_up: list[float]

    @property
    def percentiles(self) -> tuple[float, float]:
        """p50 and p99 of the seconds from reconnect to caught up."""
        hundredths = quantiles(self.caught_up, n=100) if len(self.caught_up) > 1 else [float("nan")] * 99
        return hundredths[49], hundredths[98]

    @property
    def is_whole(self) -> bool:
        return self.delivered == self.expected and not self.duplicates and not self.gaps

    def __str__(self) -> str:
        middle, late = self.percentiles
        cut = self.settings
        rows = {
            "clients": f"{cut.clients}, seed {cut.seed}",
            "cut off": f"every {cut.every:g} s for about {cut.away:g} s, for {cut.seconds:g} s",
            "reconnections": f"{len(self.caught_up)}, failed: {dict(self.failed.most_common(3)) or 0}",
            "delivered": f"{self.delivered} of {self.expected} ({100 * self.delivered / self.expected:.4f} %)",
            "duplicates, gaps": f"{self.duplicates}, {self.gaps}",
            "reconnect to caught up": f"p50 {_ms(middle)}, p99 {_ms(late)}, max {_ms(max(self.caught_up, default=float('nan')))}",
        }
        return "\n".join(f"{name:<24}{value}" for name, value in rows.items())


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _delivered(settings: Jitter, flow: Flow, clients: Sequence[Client]) -> Delivered:
    return Delivered(
        settings,
        expected=sum(flow.written[client.story] for client in clients),
        delivered=sum(len(set(client.seen)) for client in clients),
        duplicates=sum(len(client.seen) - len(set(client.seen)) for client in clients),
        gaps=sum(after != before + 1 for client in clients for before, after in _neighbours(client.seen)),
        failed=sum((client.failed for client in clients), Counter[str]()),
        caught_up=[seconds for client in clients for seconds in client.caught_up],
    )


def _neighbours(seen: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip([0, *seen], seen, strict=False))


async def run(settings: Jitter) -> Delivered:
    """The whole run: servers, flow, clients, and the count at the end."""
    logs = Path(__file__).parents[2] / ".test-logs" / f"jitter-{settings.seed}-{time.strftime('%H%M%S')}"
    logs.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="storywire-jitter-") as folder:
        stack = Stack(Settings(seed=settings.seed), Path(folder), logs, services=("store", "gateway"))
        async with stack.running(), connected(stack.nats_url) as nats:
            ids = seeded_ids(settings.seed)
            stories = [ids() for _ in range(-(-settings.clients // settings.clients_a_story))]
            flow = Flow(nats, stories, settings.rate)
            await flow.begin()
            clients = [_client(number, stories, stack.gateway_ports, settings) for number in range(settings.clients)]
            watching = [asyncio.create_task(client.run()) for client in clients]
            try:
                await flow.go_on(settings.seconds)
                await _rest(flow, clients)
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
    delivered = _delivered(settings, flow, clients)
    if delivered.is_whole:
        shutil.rmtree(logs)
    return delivered


def _client(number: int, stories: Sequence[str], ports: Sequence[int], settings: Jitter) -> Client:
    return Client(stories[number % len(stories)], ports, settings, chance_of(settings.seed, f"client {number}"))


async def _rest(flow: Flow, clients: Sequence[Client]) -> None:
    """Return when everybody has everything, or when the time for that is over: the count tells."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_REST):
            while any(len(set(client.seen)) < flow.written[client.story] for client in clients):
                await asyncio.sleep(0.1)


def main() -> int:
    """Run, print what arrived, and say by the exit code whether it was everything, once."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.jitter", description=__doc__)
    for option in dataclasses.fields(Jitter):
        name, default = f"--{option.name.replace('_', '-')}", option.default
        parser.add_argument(name, type=type(default), default=default)
    delivered = asyncio.run(run(Jitter(**vars(parser.parse_args()))))
    sys.stdout.write(f"{delivered}\n")
    return 0 if delivered.is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
