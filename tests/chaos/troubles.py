"""The plan of everything that goes wrong, made from the seed before anything runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.chance import chance_of
from tests.chaos.settings import Settings

_KILLED = ("nats", "mongo", "store-1", "store-2", "generator-1", "generator-2", "gateway-1", "gateway-2")
_FROZEN_FIRST = ("mongo", "nats", "generator-1", "generator-2")
_FROZEN = (*_FROZEN_FIRST, "generator-1", "gateway-1", "gateway-2", "store-1", "store-2")
_DEPEND = {"mongo": ("store-1", "store-2"), "nats": ("generator-1", "gateway-1")}
_SMALL = ("cut", "cut", "deafen", "cut nats", "deafen nats", "steal store", "steal generator")


@dataclass(frozen=True, order=True)
class Trouble:
    """At `at` seconds, `kind` befalls `target`, for `duration` seconds."""

    at: float
    kind: str
    target: str
    duration: float


def plan(settings: Settings, number: int = 0) -> list[Trouble]:
    """All troubles of a run, in order. Should they be over before the stories are, the next plan's number is 1."""
    chance = chance_of(settings.seed, f"troubles {number}")
    large = [*_kills(settings, chance), *_freezes(settings, chance)]
    small = [*_small(settings, chance), *(() if number else _rewinds(settings))]
    return sorted([*large, *_combined(large, chance), *small])


def _kills(settings: Settings, chance: Random) -> Iterator[Trouble]:
    for at, target in zip(
        _moments(settings.kills, settings, chance), _dealt(_KILLED, settings.kills, chance), strict=True
    ):
        yield Trouble(at, "kill", target, chance.uniform(1, 4) if target in _DEPEND else chance.uniform(0.1, 3))


def _freezes(settings: Settings, chance: Random) -> Iterator[Trouble]:
    first = chance.sample(_FROZEN_FIRST, len(_FROZEN_FIRST))
    targets = (first + _dealt(_FROZEN, settings.freezes, chance))[: settings.freezes]
    for at, target in zip(_moments(settings.freezes, settings, chance), targets, strict=True):
        # A generator sleeps until its requests have been given to the other one, then wakes up in the middle.
        beyond = target.startswith("generator")
        shortest, longest = (settings.ack_wait + 0.5, settings.ack_wait + 3) if beyond else (1.5, 5)
        yield Trouble(at, "freeze", target, chance.uniform(shortest, longest))


def _combined(large: Sequence[Trouble], chance: Random) -> Iterator[Trouble]:
    """While a server is away, those who wait for its answer are killed: what they held in hand is theirs no more."""
    for outage in large:
        for target in _DEPEND.get(outage.target, ()):
            at = outage.at + chance.uniform(0.4, 0.9) * outage.duration
            yield Trouble(at, "kill", target, chance.uniform(0.1, 3))


def _small(settings: Settings, chance: Random) -> Iterator[Trouble]:
    count = int(settings.seconds)  # one a second
    for at, kind in zip(_moments(count, settings, chance), _dealt(_SMALL, count, chance), strict=True):
        yield Trouble(at, kind, "", chance.uniform(0.2, 1.5))


def _rewinds(settings: Settings) -> Iterator[Trouble]:
    """Early only: it is much work when there is much (three minutes after 10,000 stories), and would mend what was lost before."""
    for share in (0.15, 0.3) if settings.stories <= 500 else (0.02, 0.08):
        yield Trouble(share * settings.seconds, "rewind store", "", 0)
        yield Trouble((share + 0.05) * settings.seconds, "rewind generator", "", 0)


def _moments(count: int, settings: Settings, chance: Random) -> list[float]:
    """Spread over the whole time, with gaps of all sizes."""
    slot = settings.seconds / max(count, 1)
    return [(number + chance.random()) * slot for number in range(count)]


def _dealt(cards: Sequence[str], count: int, chance: Random) -> list[str]:
    """As many cards as wanted: everybody has a turn before anybody has a second one."""
    dealt: list[str] = []
    while len(dealt) < count:
        dealt += chance.sample(cards, len(cards))
    return dealt[:count]
