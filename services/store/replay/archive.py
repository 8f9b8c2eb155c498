"""A log as a file: a line that says what it is, one line an event in the order of the log, a line that says it is whole.

Lines are JSON; a file may be gzipped, in members of whole lines, so that one that was cut off goes on where it ends.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, cast

from services.store.database import Document
from services.store.entry import digest
from services.store.replay.span import Point

FORMAT = {"format": "storywire-log", "version": 1}
_GZIP = b"\x1f\x8b"
_CHUNK = 1024 * 1024  # bytes


class NoArchive(ValueError):
    """The file is none, or not whole."""


def line(known: Document) -> bytes:
    """One line."""
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def event_line(document: Document) -> bytes:
    """An event of the log. One that was kept before there were digests gets its own."""
    told = {name: value for name, value in document.items() if name not in ("_id", "digest")}
    return line(told | {"digest": document.get("digest") or _digest(document)})


def _digest(told: Document) -> str:
    """Of what was said; of an event that was erased all that is known of it."""
    return told.get("erased") or digest(told["payload"])


@dataclass
class Tally:
    """What the last line says: how many events there are, and a digest of all their lines."""

    events: int = 0
    last: Point | None = None

    def __post_init__(self) -> None:
        self._digest = sha256()

    def add(self, told: bytes, at: Point) -> None:
        """Count one event's line. Raises NoArchive when it does not stand behind the one before."""
        if self.last is not None and at <= self.last:
            raise NoArchive(
                f"event {self.events + 1} of the file, at {at}, does not stand behind the one at {self.last}"
            )
        self._digest.update(told)
        self.events += 1
        self.last = at

    def line(self) -> bytes:
        """The last line."""
        return line({"events": self.events, "sha256": self._digest.hexdigest()})


def events(file: BinaryIO, tally: Tally) -> Iterator[Document]:
    """The events in a file, gzipped or not, each checked by its digest; the whole at its end. Raises NoArchive."""
    try:
        lines = iter(_plain(file))
        if _parse(next(lines, b"")) != FORMAT:
            raise NoArchive("this is no export of a log: its first line is not " + line(FORMAT).decode().strip())
        yield from _events(lines, tally)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NoArchive(f"the file is cut off or damaged after {tally.events} events ({error})") from error


def _events(lines: Iterator[bytes], tally: Tally) -> Iterator[Document]:
    for told in lines:
        if told == tally.line():
            return
        known = _parse(told)
        if "payload" not in known:
            break
        if known.get("digest") != _digest(known):
            raise NoArchive(f"event {tally.events + 1} of the file is not what was exported: its digest differs")
        tally.add(told, Point(str(known["epoch"]), int(known["position"])))
        yield known
    raise NoArchive(f"the file is cut off or damaged: its last line does not agree with its {tally.events} events")


def _parse(told: bytes) -> dict[str, Any]:
    try:
        known = json.loads(told)
    except ValueError as error:
        raise NoArchive(f"a line is no JSON: {told[:60]!r}") from error
    if not isinstance(known, dict):
        raise NoArchive(f"a line is no event: {told[:60]!r}")
    return known


def _plain(file: BinaryIO) -> BinaryIO:
    peeked = file.peek(len(_GZIP)) if hasattr(file, "peek") else b""
    return cast("BinaryIO", gzip.open(file)) if peeked[: len(_GZIP)] == _GZIP else file


def packed(lines: bytes, *, zipped: bool) -> bytes:
    """Whole lines as they go into the file. The same lines give the same bytes, whenever they are packed."""
    return gzip.compress(lines, mtime=0) if zipped else lines


def whole_end(file: BinaryIO, *, zipped: bool) -> int:
    """Where what is whole of a file that was cut off ends: its last line, or the last gzip member."""
    return _members_end(file) if zipped else _lines_end(file)


def _lines_end(file: BinaryIO) -> int:
    end = at = 0
    while chunk := file.read(_CHUNK):
        newline = chunk.rfind(b"\n")
        end = at + newline + 1 if newline >= 0 else end
        at += len(chunk)
    return end


def _members_end(file: BinaryIO) -> int:
    end, unread, member = 0, b"", zlib.decompressobj(wbits=31)
    while chunk := unread or file.read(_CHUNK):
        try:
            member.decompress(chunk)
        except zlib.error:
            break
        unread = member.unused_data
        if member.eof:
            end = file.tell() - len(unread)
            member = zlib.decompressobj(wbits=31)
        else:
            unread = b""
    return end
