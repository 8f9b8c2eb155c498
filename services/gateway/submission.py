"""What somebody hands in for a story, checked against every limit before anything is written."""

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from contracts.limits import PROMPT_CHARACTERS, TITLE_CHARACTERS
from services.gateway.form import Form, Part, text_too_long
from services.gateway.refusal import Refused

FILE_NAME_CHARACTERS = 255


@dataclass(frozen=True)
class Submission:
    """A text file, a title, and perhaps a wish. Title and prompt are stripped of white space at both ends."""

    title: str
    prompt: str | None
    filename: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file, lower-case hex."""
        return hashlib.sha256(self.content).hexdigest()


def submission(form: Form) -> Submission:
    """Check the form's fields. Raises Refused, which names the field and the limit:

    413 `file_too_large` · 415 `file_not_text` · 422 `<field>_missing`, `file_empty`, `title_empty`, `<field>_too_long`,
    `<field>_not_utf8`, `nul_character`.
    """
    content = _file(form.get("file"))
    title = _text(form.get("title"), TITLE_CHARACTERS)
    if title is None:
        raise Refused(
            422, "title_missing", "A title is needed, in the field title.", field="title", limit=TITLE_CHARACTERS
        )
    if not title:
        raise Refused(
            422, "title_empty", "The title is empty or only white space.", field="title", limit=TITLE_CHARACTERS
        )
    return Submission(
        title=title,
        prompt=_text(form.get("prompt"), PROMPT_CHARACTERS) or None,
        filename=_filename(form["file"].filename),
        content=content,
    )


def _file(part: Part | None) -> bytes:
    if part is None:
        raise Refused(422, "file_missing", "A text file is needed, in the field file.", field="file")
    content = bytes(part.content)
    if not content:
        raise Refused(422, "file_empty", "The file is empty.", field="file")
    if (where := content.find(0)) >= 0:
        raise Refused(415, "nul_character", f"The file is not text: byte {where} is NUL.", field="file")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise Refused(415, "file_not_text", f"The file is not UTF-8 text: byte {error.start}.", field="file") from error
    return content


def _text(part: Part | None, limit: int) -> str | None:
    """The text of a field, its line ends made one character each, as a page counts them."""
    if part is None:
        return None
    try:
        text = part.content.decode().replace("\r\n", "\n").strip()
    except UnicodeDecodeError as error:
        raise Refused(422, f"{part.name}_not_utf8", f"The {part.name} is not UTF-8 text.", field=part.name) from error
    if "\0" in text:
        raise Refused(422, "nul_character", f"The {part.name} has a NUL character in it.", field=part.name)
    if len(text) > limit:
        raise text_too_long(part.name)
    return text


def _filename(given: str | None) -> str:
    """The last part of what the user's machine called it, fit to be shown."""
    name = PurePosixPath((given or "").replace("\\", "/")).name
    shown = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C").strip()
    return shown[-FILE_NAME_CHARACTERS:] or "untitled.txt"
