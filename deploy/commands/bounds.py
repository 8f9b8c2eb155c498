"""Bounds as they are written on a command line."""

from datetime import UTC, datetime

from services.store.database import Database
from services.store.replay.settled import EVERYTHING, Settled
from services.store.replay.span import Point, Span, latest_epoch

START = "START"


class NoBound(ValueError):
    """The text is none."""


def moment(text: str) -> datetime:
    """A time; UTC where it names no zone. Raises NoBound."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NoBound(f"{text!r} is no bound: say START, a position, EPOCH:POSITION, or a time in RFC 3339") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def bound(db: Database, text: str | None) -> Point | datetime | None:
    """A point, a time, or no bound. Raises NoBound, PyMongoError."""
    if text is None or text.upper() == START:
        return None
    epoch, _, position = text.rpartition(":")
    if position.isdigit() and (not epoch or epoch.isalnum()) and "-" not in epoch:
        return Point(epoch or await latest_epoch(db) or "", int(position))
    return moment(text)


async def span(
    db: Database, since: str | None, until: str | None, story: str | None, settled: Settled = EVERYTHING
) -> Span:
    """The part of the log that a command was told. Raises NoBound, PyMongoError."""
    return Span(await bound(db, since), await bound(db, until), story, settled)
