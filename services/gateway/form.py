"""A multipart form, read while it comes in: what is too large is refused before it has all arrived."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers

from contracts.limits import FILE_BYTES, PROMPT_CHARACTERS, TITLE_CHARACTERS
from services.gateway.refusal import Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # it is not there at run time

_SLACK = 1_024  # bytes of white space around a text, before it is stripped
_UTF8 = 4  # bytes that a character takes at most
TEXT_BYTES = {
    "title": TITLE_CHARACTERS * _UTF8 + _SLACK,
    "prompt": PROMPT_CHARACTERS * _UTF8 + _SLACK,
}
AROUND_THE_FILE = sum(TEXT_BYTES.values()) + 64 * 1024  # bytes, with boundaries and the parts' headers


@dataclass
class Part:
    """One field of a form."""

    name: str
    filename: str | None
    content: bytearray = field(default_factory=bytearray)


Form = Mapping[str, Part]


def file_too_large(limit: int) -> Refused:
    """The refusal of a file of more than `limit` bytes."""
    message = f"The file is larger than {limit} bytes. (UPLOAD_BYTES)"
    return Refused(413, "file_too_large", message, field="file", limit=limit)


def text_too_long(name: str) -> Refused:
    """The refusal of a title or a prompt that is longer than may be."""
    limit = TITLE_CHARACTERS if name == "title" else PROMPT_CHARACTERS
    return Refused(422, f"{name}_too_long", f"The {name} has more than {limit} characters.", field=name, limit=limit)


async def read_form(headers: Headers, chunks: AsyncIterator[bytes], file_bytes: int = FILE_BYTES) -> Form:
    """The fields `file`, `title` and `prompt`, as far as they are there; a file of `file_bytes` at most. Raises Refused."""
    reader = _Reader(file_bytes)
    parser = MultipartParser(_boundary(headers), reader.callbacks())
    size = int(length) if (length := headers.get("content-length", "")).isdecimal() and len(length) < 20 else 0
    if size > file_bytes + AROUND_THE_FILE:
        raise file_too_large(file_bytes)
    received = 0
    try:
        async for chunk in chunks:
            received += len(chunk)
            if received > file_bytes + AROUND_THE_FILE:
                raise file_too_large(file_bytes)
            parser.write(chunk)
    except FormParserError as error:
        raise _broken("It is not well-formed multipart/form-data.") from error
    if not reader.ended:
        raise _broken("It ends before its last boundary.")
    return reader.parts


def _boundary(headers: Headers) -> bytes:
    kind, parameters = parse_options_header(headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise Refused(
            415, "not_multipart", "Send multipart/form-data with the fields file, title and, if you like, prompt."
        )
    boundary = parameters.get(b"boundary", b"")
    if not 0 < len(boundary) <= 70:  # RFC 2046
        raise _broken("Its Content-Type names no boundary of 1 to 70 characters.")
    return boundary


def _broken(why: str) -> Refused:
    return Refused(400, "multipart_invalid", f"The request cannot be read. {why}")


class _Reader:
    """What the parser calls, piece by piece."""

    def __init__(self, file_bytes: int) -> None:
        self._file_bytes = file_bytes
        self.parts: dict[str, Part] = {}
        self.ended = False
        self._part: Part | None = None
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._begin,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _begin(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode(errors="replace")
        if not name:
            raise _broken('A part has no name: Content-Disposition: form-data; name="..." is missing.')
        if name not in ("file", "title", "prompt"):
            raise Refused(
                422, "unknown_field", f"There is no field {name[:40]!r}; file, title and prompt are.", field=name[:40]
            )
        if name in self.parts:
            raise Refused(422, "repeated_field", f"The field {name} is there twice.", field=name)
        filename = options.get(b"filename")
        self._part = Part(name, filename.decode(errors="replace") if filename is not None else None)
        self.parts[name] = self._part

    def _data(self, data: bytes, start: int, end: int) -> None:
        assert self._part is not None  # noqa: S101 - data come after headers
        name, size = self._part.name, len(self._part.content) + end - start
        if name == "file" and size > self._file_bytes:
            raise file_too_large(self._file_bytes)
        if name != "file" and size > TEXT_BYTES[name]:
            raise text_too_long(name)
        self._part.content += data[start:end]

    def _end(self) -> None:
        self.ended = True
