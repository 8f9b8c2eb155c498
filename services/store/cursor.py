"""The cursor of a list of stories: opaque to whoever holds it, the place of the last story for us."""

import base64
import binascii
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError


class InvalidCursor(ValueError):
    """The text is not the `next` of a page."""


class Cursor(NamedTuple):
    """The last story of a page."""

    created_at: str
    story_id: str

    def render(self) -> str:
        """As text for URLs."""
        return base64.urlsafe_b64encode(_CURSOR.dump_json(self)).decode().rstrip("=")


_CURSOR: TypeAdapter[Cursor] = TypeAdapter(Cursor)


def parse(text: str) -> Cursor:
    """What `render` wrote. Raises InvalidCursor."""
    try:
        return _CURSOR.validate_json(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValidationError, binascii.Error, ValueError) as error:
        raise InvalidCursor("before: not the `next` of a page") from error
