"""A finished story as a file."""

import unicodedata
from urllib.parse import quote

from starlette.responses import Response

from contracts.story import StoryState
from services.gateway.refusal import Refused

_NAME_CHARACTERS = 100
_FORBIDDEN = set('/\\:*?"<>|%')


def download(story: StoryState) -> Response:
    """The story's text. Raises Refused while there is none."""
    if story.generated_content is None:
        raise Refused(409, "not_finished", f"The story has no text yet; its status is {story.status}.")
    headers = {"Content-Disposition": disposition(story.title), "X-Content-Type-Options": "nosniff"}
    return Response(story.generated_content.encode(), headers=headers, media_type="text/plain; charset=utf-8")


def disposition(title: str) -> str:
    """Save as a file of this name (RFC 6266): plain ASCII for old programs, and the title as it is (RFC 8187)."""
    name = _safe(title)
    ascii_name = _safe(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    return f"attachment; filename=\"{ascii_name}.txt\"; filename*=UTF-8''{quote(name, safe='')}.txt"


def _safe(text: str) -> str:
    """Without what some file system or terminal takes amiss: control and format characters, separators, dots in front."""
    shown = (" " if letter in _FORBIDDEN or unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return " ".join("".join(shown).split()).strip(". ")[:_NAME_CHARACTERS].strip(". ") or "story"
