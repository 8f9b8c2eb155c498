"""Time and names of new things, injected wherever they are needed, so that a test can say what they are."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

from ulid import ULID

Clock = Callable[[], datetime]
NewId = Callable[[], str]


def now() -> datetime:
    """The time of the wall, UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A lower-case ULID."""
    return str(ULID()).lower()


def seeded_ids(seed: int) -> NewId:
    """Ids that are the same in every run with this seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return lambda: str(ULID.from_bytes(chance.randbytes(16))).lower()
