"""From bytes to events. The way back is `Event.body()`."""

import json

from pydantic import ValidationError

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
        return known.model_validate(upcast(kind, version, json.loads(body)))
    except (ValidationError, json.JSONDecodeError) as error:
        raise InvalidEvent(f"not a {kind} event of version {version}: {error}") from error
