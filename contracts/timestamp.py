"""Times on the wire: RFC 3339, UTC, milliseconds, `2026-01-31T09:30:00.250Z`."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, PlainSerializer, WithJsonSchema


def truncate(moment: datetime) -> datetime:
    """The moment in UTC, to the millisecond, so that what is written reads back equal. Raises ValueError.

    The first and the last hours of the calendar, said in another time zone, do not exist in UTC.
    """
    milliseconds = moment.microsecond // 1000 * 1000
    if not moment.utcoffset():
        if milliseconds == moment.microsecond and moment.tzinfo is not None:
            return moment  # as everything comes back that was ever written; there is a lot of it
        return moment.replace(microsecond=milliseconds, tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"not a time in UTC: {moment.isoformat()}") from error
    return moment.replace(microsecond=milliseconds)


def render(moment: datetime) -> str:
    """`2026-01-31T09:30:00.250Z`."""
    return truncate(moment).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


Timestamp = Annotated[
    AwareDatetime,
    AfterValidator(truncate),
    PlainSerializer(render, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
