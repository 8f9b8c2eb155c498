"""Story ids: lower-case ULIDs. Nothing else may get near a subject, where `*`, `>` and `.` mean something."""

import re
from typing import Annotated

from pydantic import GetPydanticSchema, StringConstraints
from pydantic_core.core_schema import custom_error_schema

_PATTERN = re.compile(r"[0-9a-z]{26}")
_REFUSAL = "not a story id; a story id is 26 characters of 0-9 and a-z"


class InvalidStoryId(ValueError):
    """The text is not 26 characters of 0-9 and a-z."""


def story_id(text: str) -> str:
    """Return `text` if it is a story id. Raises InvalidStoryId."""
    if _PATTERN.fullmatch(text) is None:
        raise InvalidStoryId(f"not a story id: {text[:40]!r}; a story id is 26 characters of 0-9 and a-z")
    return text


# Checked without a call into Python: every event that is ever read says one.
StoryId = Annotated[
    str,
    StringConstraints(pattern=f"^{_PATTERN.pattern}$"),
    GetPydanticSchema(
        lambda text, schema: custom_error_schema(schema(text), "story_id", custom_error_message=_REFUSAL)
    ),
]
