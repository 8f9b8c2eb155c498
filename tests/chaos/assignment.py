"""What a story is asked for with, and the text that has to come of it."""

from dataclasses import dataclass
from random import Random

from services.generator.model import Prompt
from services.generator.models.scripted_text import scripted_text
from tests.chaos.chance import chance_of
from tests.chaos.settings import Settings

_THINGS = (
    "a lamp",
    "Zoë's boat",
    "the 🦊",
    'a \\ and a "quote"',
    "𝄞 and ユキ",
    "crème\u00a0brûlée",
    "{braces} & <tags>",
)


@dataclass(frozen=True)
class Assignment:
    """One story, and what will be done to it. The title is the story's own: it can be found by it, whatever its id is."""

    number: int
    title: str
    prompt: str | None
    source: str
    key: str
    words: int
    twice_at_once: bool = False
    abandoned: bool = False
    cancel_after: float | None = None
    retried: bool = False
    late: float | None = None
    forget_after: float | None = None
    """Seconds until it is deleted, whatever has become of it by then."""

    @property
    def is_blank(self) -> bool:
        """A file of white space: taken in, and then found to be nothing to write from."""
        return not self.source.strip()

    def text(self, attempt: int) -> str:
        """What the scripted model writes in this attempt."""
        prompt = Prompt(self.title, self.source.strip(), self.prompt, seed=attempt)
        return scripted_text(prompt, self.words).strip()


def assignments(settings: Settings) -> list[Assignment]:
    """All stories of a run."""
    chance = chance_of(settings.seed, "assignments")
    return [_assignment(number, settings, chance) for number in range(settings.stories)]


def _assignment(number: int, settings: Settings, chance: Random) -> Assignment:
    thing = chance.choice(_THINGS)
    blank = chance.random() < 0.04
    cancelled = chance.random() < 0.15
    forgotten = chance.random() < 0.06
    return Assignment(
        number=number,
        title=f"Chaos {settings.seed}-{number}: {thing}",
        prompt=f"With {thing}, twice" if chance.random() < 0.5 else None,
        source=" \n\t " if blank else f"Story {number} begins with {thing}.\nIt is {chance.getrandbits(64):x}.",
        key=f"chaos-{settings.seed}-{number}-{chance.getrandbits(64):x}",
        words=settings.words,
        twice_at_once=chance.random() < 0.1,
        abandoned=chance.random() < 0.1,
        cancel_after=chance.uniform(0, 2) if cancelled else None,
        retried=(cancelled or blank) and not forgotten and chance.random() < 0.7,
        late=chance.uniform(0, 1.5) if chance.random() < 0.5 else None,
        forget_after=chance.uniform(0, 5) if forgotten else None,
    )
