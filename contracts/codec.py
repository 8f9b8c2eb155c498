"""From bytes to events. The way back is `Event.body()`."""

from collections.abc import Mapping, Sequence

from pydantic_core import from_json

from contracts.events import EVENTS, Event, UnknownEvent
from contracts.upcasters import UPCASTERS, Upcaster, upcast


class InvalidEvent(ValueError):
    """The bytes are not an event of the kind they claim to be."""


class Codec:
    """Reads events as the newest versions of `events` have them, whatever version wrote them."""

    def __init__(
        self,
        events: Sequence[type[Event]] = EVENTS,
        upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    ) -> None:
        self._by_kind = {event.kind: event for event in events}
        self._upcasters = upcasters

    def decode(self, kind: str, version: int, body: bytes | str) -> Event:
        """Read one event. Raises InvalidEvent.

        What only a newer service knows becomes an UnknownEvent: a kind, or a version of a kind that cannot be read as ours.
        """
        known = self._by_kind.get(kind, UnknownEvent)
        try:
            if known is not UnknownEvent and version < known.version:
                return known.model_validate(upcast(kind, version, from_json(body), self._upcasters))
            return self._newer(known, version, body)
        except ValueError as error:
            raise InvalidEvent(f"not a {kind} event of version {version}: {error}") from error

    def knows(self, kind: str, version: int) -> bool:
        """Whether events of this kind and version are more to us than unknown ones."""
        return kind in self._by_kind and version <= self._by_kind[kind].version

    @staticmethod
    def _newer(known: type[Event], version: int, body: bytes | str) -> Event:
        event: Event
        try:
            # What model_validate_json does, once it has found that it was given nothing else.
            event = known.__pydantic_validator__.validate_json(body)
        except ValueError:
            if version <= known.version:
                raise
            event = UnknownEvent.model_validate_json(body)
        return event


_CODEC = Codec()
decode = _CODEC.decode
knows = _CODEC.knows
