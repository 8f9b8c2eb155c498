"""What this side of the wire knows: what was acknowledged, what may or may not have happened, and what callers saw."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from tests.chaos.assignment import Assignment


@dataclass(frozen=True)
class Violation:
    """Something that must not be. `check` names the rule that it breaks."""

    check: str
    story: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"[{self.check}] story {self.story}\n    expected: {_shown(self.expected)}\n    found:    {_shown(self.found)}"


def _shown(side: object) -> str:
    text = side if isinstance(side, str) else repr(side)
    return text if len(text) <= 800 else f"{text[:800]}... ({len(text)} characters)"


@dataclass(frozen=True)
class Sighting:
    """An event as a client's caller was given it."""

    sequence: int
    name: str
    digest: str
    """SHA-256 of the payload's bytes."""


def digest(payload: bytes) -> str:
    return sha256(payload).hexdigest()


@dataclass
class Sight:
    """What one client's caller saw of one story."""

    client: str
    story: str
    assignment: Assignment
    seen: list[Sighting] = field(default_factory=list)
    ends: int = 0
    """Terminal events seen."""
    text: str | None = None
    """Of the last `complete`."""
    released: bool = False
    """Nobody looks any more: what comes later need not be seen."""
    whole: bool = True
    """The client was to see all there is, not only the first end."""
    gone: bool = False
    """The client was told that the story is no more."""

    @property
    def last(self) -> int:
        return self.seen[-1].sequence if self.seen else 0


@dataclass
class Answer:
    """How one cancel, retry or delete went: `acknowledged`, `refused`, or `unknown`. `at` is the wall's time of the answer."""

    command: str
    outcome: str
    at: float


@dataclass
class Submitted:
    """What became of asking for a story."""

    assignment: Assignment
    ids: set[str] = field(default_factory=set)
    """Every id that a 202 named."""
    tried: int = 0
    unknown: int = 0
    """Tries without a usable answer."""
    answers: list[Answer] = field(default_factory=list)

    def count(self, command: str, outcome: str) -> int:
        return sum(1 for one in self.answers if (one.command, one.outcome) == (command, outcome))


@dataclass
class Ledger:
    """Everything that is known."""

    submitted: dict[int, Submitted] = field(default_factory=dict)
    sights: list[Sight] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    live: bool = False
    """Whether live text is followed."""

    def violation(self, check: str, story: str, expected: object, found: object) -> None:
        """Note what must not be."""
        self.violations.append(Violation(check, story, expected, found))
