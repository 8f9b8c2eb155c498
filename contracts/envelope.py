"""Metadata of an event, carried in NATS headers: CloudEvents 1.0, binary mode, mapped by hand.

The body stays the bare payload, so that a gateway can pass it on unparsed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from contracts.events import Message

_TYPE_PREFIX = "storywire.story."
_TYPE = re.compile(re.escape(_TYPE_PREFIX) + r"(.+)\.v([0-9]{1,9})")


class InvalidEnvelope(ValueError):
    """A header that every event carries is missing or malformed."""


@dataclass(frozen=True)
class Envelope:
    """Which message this is, what it says, who wrote it, and why."""

    id: str
    kind: str
    version: int
    source: str
    time: str
    correlation: str
    causation: str
    traceparent: str | None = None

    @classmethod
    def of(cls, message: Message, id: str, source: str, cause: "Envelope | None" = None) -> Self:  # noqa: A002 - CloudEvents' word
        """The envelope of a new message. The only place where correlation and causation are handed on.

        A message that nothing caused begins a correlation of its own.
        """
        return cls(
            id=id,
            kind=message.kind,
            version=message.version,
            source=source,
            time=message.model_dump(mode="json")["timestamp"],
            correlation=cause.correlation if cause else id,
            causation=cause.id if cause else id,
            traceparent=cause.traceparent if cause else None,
        )

    def headers(self) -> dict[str, str]:
        """As NATS headers."""
        headers = {
            "ce-specversion": "1.0",
            "ce-id": self.id,
            "ce-type": f"{_TYPE_PREFIX}{self.kind}.v{self.version}",
            "ce-source": self.source,
            "ce-time": self.time,
            "ce-correlationid": self.correlation,
            "ce-causationid": self.causation,
        }
        return headers if self.traceparent is None else headers | {"traceparent": self.traceparent}

    @classmethod
    def parse(cls, headers: Mapping[str, str] | None) -> Self:
        """Read what `headers` wrote. Raises InvalidEnvelope."""
        if not headers:
            raise InvalidEnvelope("the message has no headers; every event carries ce-id, ce-type, ce-source, ce-time")
        try:
            if (said := _TYPE.fullmatch(headers["ce-type"])) is None:
                raise InvalidEnvelope(f"ce-type is not that of a story's message: {headers['ce-type']!r}")
            kind, version = said.groups()
            return cls(
                id=headers["ce-id"],
                kind=kind,
                version=int(version),
                source=headers["ce-source"],
                time=headers["ce-time"],
                correlation=headers["ce-correlationid"],
                causation=headers["ce-causationid"],
                traceparent=headers.get("traceparent"),
            )
        except KeyError as error:
            raise InvalidEnvelope(f"header missing: {error}") from error
