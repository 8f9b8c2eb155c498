"""Story ids: lower-case ULIDs. Nothing else may get near a subject, where `*`, `>` and `.` mean something."""

import re

PATTERN = re.compile(r"[0-9a-z]{26}")


class InvalidStoryId(ValueError):
    """The text is not 26 characters of 0-9 and a-z."""


def story_id(text: str) -> str:
    """Return `text` if it is a story id. Raises InvalidStoryId."""
    if PATTERN.fullmatch(text) is None:
        raise InvalidStoryId(f"not a story id: {text[:40]!r}; a story id is 26 characters of 0-9 and a-z")
    return text
