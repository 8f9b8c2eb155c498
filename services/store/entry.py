"""One event on its way from a NATS message into the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from pydantic import ValidationError

from contracts.envelope import Envelope
from contracts.queries import LoggedEvent
from contracts.timestamp import render
from services.common.complaint import complaint
from services.common.decoded import Undecodable, decoded
from services.store.database import Document


def key(story_id: str, sequence: int) -> str:
    """An event's `_id` in the log: a story has one event of each sequence."""
    return f"{story_id}:{sequence}"


def digest(payload: str) -> str:
    """SHA-256 of an event's bytes, lower-case hex. Events of a log older than this have none."""
    return sha256(payload.encode()).hexdigest()


def envelope_of(event: LoggedEvent) -> Envelope:
    """The envelope of an event in the log."""
    time = render(event.time)
    return Envelope(event.id, event.kind, event.version, event.source, time, event.correlation, event.causation)


@dataclass(frozen=True)
class Entry:
    """An event as the log keeps it, and whose it is."""

    story_id: str
    event: LoggedEvent

    @property
    def key(self) -> str:
        """Its `_id`."""
        return key(self.story_id, self.event.sequence)

    def envelope(self) -> Envelope:
        """As it was when the event was said, but for the trace that it was part of."""
        return envelope_of(self.event)

    def document(self) -> Document:
        """As MongoDB keeps it, with the digest of what was said."""
        told = self.event.model_dump(mode="json")
        return {
            "_id": self.key,
            "storyId": self.story_id,
            **told,
            "digest": self.event.erased or digest(self.event.payload),
        }


def read(subject: str, headers: Mapping[str, str] | None, body: bytes, position: int, epoch: str) -> Entry:
    """The entry in a stored message. Raises Undecodable."""
    envelope, event = decoded(subject, headers, body)
    try:
        return Entry(event.story_id, _logged(envelope, event.sequence, body, position, epoch))
    except ValidationError as error:
        raise Undecodable(f"a header is malformed: {complaint(error)}") from error


def _logged(envelope: Envelope, sequence: int, body: bytes, position: int, epoch: str) -> LoggedEvent:
    return LoggedEvent.model_validate(
        {
            "id": envelope.id,
            "kind": envelope.kind,
            "version": envelope.version,
            "source": envelope.source,
            "time": envelope.time,
            "correlation": envelope.correlation,
            "causation": envelope.causation,
            "sequence": sequence,
            "position": position,
            "epoch": epoch,
            "payload": body.decode(),
        }
    )
