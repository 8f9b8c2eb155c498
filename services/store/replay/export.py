"""From the log into a file."""

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from services.store.database import EVENTS, Database
from services.store.replay import archive, scan
from services.store.replay.archive import FORMAT, NoArchive, Tally, event_line, line, packed
from services.store.replay.progress import Tell
from services.store.replay.span import Point, Span

BLOCK = 10_000  # events in a gzip member


async def export_to(out: BinaryIO, db: Database, span: Span, tell: Tell, *, zipped: bool = False) -> Tally:
    """Write the span's events, from the first to the last. Raises PyMongoError, OSError."""
    out.write(packed(line(FORMAT), zipped=zipped))
    return await _go_on(out, Tally(), db, span, tell, zipped=zipped, block=BLOCK)


async def export_file(path: Path, db: Database, span: Span, tell: Tell, *, block: int = BLOCK) -> Tally:
    """Write a file, gzipped when it is called `.gz`. It grows as `<name>.part`, and goes on from one that is there.

    Raises PyMongoError, OSError, NoArchive.
    """
    part, zipped = path.with_name(path.name + ".part"), path.suffix == ".gz"
    part.touch()
    with part.open("r+b") as file:
        file.truncate(archive.whole_end(file, zipped=zipped))
        tally = _kept(file, tell)
        if not file.tell():
            file.write(packed(line(FORMAT), zipped=zipped))
        await _go_on(file, tally, db, span, tell, zipped=zipped, block=block)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return tally


def _kept(file: BinaryIO, tell: Tell) -> Tally:
    """What a file that was cut off holds already. It has no last line, unless it was cut off just behind it."""
    tally = Tally()
    file.seek(0)
    with suppress(NoArchive):
        for _ in archive.events(file, tally):
            tell(1)
    file.seek(0, os.SEEK_END)
    return tally


async def _go_on(
    out: BinaryIO, tally: Tally, db: Database, span: Span, tell: Tell, *, zipped: bool, block: int
) -> Tally:
    async for lines in _blocks(db, replace(span, after=tally.last), tally, tell, block):
        out.write(packed(lines, zipped=zipped))
    out.write(packed(tally.line(), zipped=zipped))
    return tally


async def _blocks(db: Database, span: Span, tally: Tally, tell: Tell, block: int) -> AsyncIterator[bytes]:
    cursor = db[EVENTS].find(span.filter()).sort([("epoch", 1), ("position", 1)])
    async for batch in scan.batches(cursor, block):
        lines = []
        for document in batch:
            lines.append(event_line(document))
            tally.add(lines[-1], Point(document["epoch"], document["position"]))
        yield b"".join(lines)
        tell(len(batch))
