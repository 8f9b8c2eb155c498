"""A contest: one piece of work, done in turn by Storywire and by its peers, and what came out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

OURS = "Storywire"
ROUNDS = 3


@dataclass(frozen=True)
class Bar:
    """What our share of the first peer's figure may be: at most `share`, or at least that where `more` is better."""

    share: float
    more: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.more else '≤'} {self.share:g}"

    def used(self, ratio: float) -> float:
        """How much of what is allowed this ratio takes: 1 stands at the bar, less is better."""
        return self.share / ratio if self.more else ratio / self.share


@dataclass(frozen=True)
class Work:
    """What is done. Where `name` and `what` are the same, it is the same work at another size."""

    name: str
    what: str
    size: str
    unit: str
    bar: Bar | None = None


class Sample(NamedTuple):
    """What one round of one side came to; besides, what it takes to believe it."""

    value: float
    besides: Mapping[str, float] = {}


Measure = Callable[[], Awaitable[Sample]]


@dataclass(frozen=True)
class Result:
    """What all rounds of all sides came to. Ours stands first, then the peer that the bar speaks of."""

    work: Work
    samples: Mapping[str, Sequence[Sample]]

    @property
    def peers(self) -> list[str]:
        return [name for name in self.samples if name != OURS]

    def value(self, side: str = OURS) -> float:
        """The median of its rounds."""
        return median(sample.value for sample in self.samples[side])

    def besides(self, side: str = OURS) -> dict[str, float]:
        """The medians of what was noted besides."""
        notes = [sample.besides for sample in self.samples[side]]
        return {name: median(note[name] for note in notes) for name in notes[0]}

    def ratio(self, peer: str) -> float:
        """Our median to that of the peer."""
        return self.value() / self.value(peer)

    def spread(self, peer: str) -> tuple[float, float]:
        """The lowest and the highest ratio of a single round."""
        both = zip(self.samples[OURS], self.samples[peer], strict=True)
        ratios = [mine.value / other.value for mine, other in both]
        return min(ratios), max(ratios)

    @property
    def is_met(self) -> bool | None:
        """Whether the bar is met; None where none is set."""
        return None if self.work.bar is None else self.work.bar.used(self.ratio(self.peers[0])) <= 1


@dataclass(frozen=True)
class Contest:
    """Who does the work, and how often."""

    work: Work
    sides: Mapping[str, Measure]
    rounds: int = ROUNDS
    warm_ups: int = 1

    async def held(self) -> Result:
        """In alternating rounds, so that whatever the machine does meanwhile it does to all of them.

        Those to warm up do not count: nobody shall win by the others' compilers, Node's above all, or by their caches.
        """
        samples: dict[str, list[Sample]] = {name: [] for name in self.sides}
        for _ in range(self.warm_ups + self.rounds):
            for name, measure in self.sides.items():
                samples[name].append(await measure())
        return Result(self.work, {name: taken[self.warm_ups :] for name, taken in samples.items()})
