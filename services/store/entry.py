"""One event on its way from a NATS message into the log."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from contracts.codec import InvalidEvent, decode
from contracts.envelope import Envelope, InvalidEnvelope
from contracts.ids import InvalidStoryId
from contracts.queries import LoggedEvent
from contracts.subjects import InvalidSubject, parse_subject
from services.store.complaint import complaint
from services.store.database import Document


class Undecodable(ValueError):
    """The message is no event of the story whose subject it came on."""


@dataclass(frozen=True)
class Entry:
    """An event as the log keeps it, and whose it is."""

    story_id: str
    event: LoggedEvent

    @property
    def key(self) -> str:
        """Its `_id`: a story has one event of each sequence."""
        return f"{self.story_id}:{self.event.sequence}"

    def document(self) -> Document:
        """As MongoDB keeps it."""
        return {"_id": self.key, "storyId": self.story_id, **self.event.model_dump(mode="json")}


def read(subject: str, headers: Mapping[str, str] | None, body: bytes, position: int, epoch: str) -> Entry:
    """The entry in a stored message. Raises Undecodable."""
    try:
        address = parse_subject(subject)
        envelope = Envelope.parse(headers)
        event = decode(envelope.kind, envelope.version, body)
        logged = _logged(envelope, event.sequence, body, position, epoch)
    except (InvalidSubject, InvalidStoryId, InvalidEnvelope) as error:
        raise Undecodable(str(error)) from error
    except InvalidEvent as error:
        cause = error.__cause__
        wrong = complaint(cause) if isinstance(cause, ValidationError) else str(cause)
        raise Undecodable(f"not a {envelope.kind} event of version {envelope.version}: {wrong}") from error
    except ValidationError as error:
        raise Undecodable(f"a header is malformed: {complaint(error)}") from error
    if (event.story_id, envelope.kind) != address:
        raise Undecodable(f"{subject} carries a {envelope.kind} event of story {event.story_id}")
    return Entry(event.story_id, logged)


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
