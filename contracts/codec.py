"""From bytes to events. The way back is `Event.body()`."""

from pydantic_core import from_json

from contracts.events import EVENTS, Event, UnknownEvent
from contracts.upcasters import upcast

_BY_KIND = {event.kind: event for event in EVENTS}


class InvalidEvent(ValueError):
    """The bytes are not an event of the kind they claim to be."""


def decode(kind: str, version: int, body: bytes | str) -> Event:
    """Read one event. A kind nobody knows yet becomes an UnknownEvent. Raises InvalidEvent."""
    known = _BY_KIND.get(kind, UnknownEvent)
    try:
        if known is UnknownEvent or version >= known.version:
            return known.model_validate_json(body)
        return known.model_validate(upcast(kind, version, from_json(body)))
    except ValueError as error:
        raise InvalidEvent(f"not a {kind} event of version {version}: {error}") from error
