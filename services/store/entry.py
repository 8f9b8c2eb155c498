"""One event on its way from a NATS message into the log."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from pydantic import ValidationError

from contracts.envelope import Envelope
from contracts.events import Event, Wire
from contracts.queries import LoggedEvent
from contracts.timestamp import Timestamp, render
from services.common.complaint import complaint
from services.common.decoded import Undecodable, decoded
from services.store.database import Document
from services.store.folding import Step


def key(story_id: str, sequence: int) -> str:
    """An event's `_id` in the log: a story has one event of each sequence."""
    return f"{story_id}:{sequence}"


def digest(payload: str) -> str:
    """SHA-256 of an event's bytes, lower-case hex. Events of a log older than this have none."""
    return sha256(payload.encode()).hexdigest()


class Entry(NamedTuple):
    """An event on its way into the log: `payload` is the very bytes that were said, `said` what they say."""

    story_id: str
    envelope: Envelope
    position: int
    epoch: str
    payload: str
    said: Event

    @property
    def key(self) -> str:
        """Its `_id`."""
        return key(self.story_id, self.said.sequence)

    @property
    def step(self) -> Step:
        """As it is folded."""
        return Step(self.said.sequence, self.said)

    @property
    def event(self) -> LoggedEvent:
        """As queries tell it."""
        return LoggedEvent.model_validate(self._told())

    def document(self) -> Document:
        """As MongoDB keeps it."""
        return document(self.story_id, self._told())

    def _told(self) -> Document:
        envelope = self.envelope
        return {
            "id": envelope.id,
            "kind": envelope.kind,
            "version": envelope.version,
            "source": envelope.source,
            "time": envelope.time,
            "correlation": envelope.correlation,
            "causation": envelope.causation,
            "sequence": self.said.sequence,
            "position": self.position,
            "epoch": self.epoch,
            "payload": self.payload,
        }


def document(story_id: str, told: Document) -> Document:
    """A LoggedEvent's JSON as MongoDB keeps it: under its key, with the digest of what was said."""
    kept = {"_id": key(story_id, told["sequence"]), "storyId": story_id, **told}
    kept["digest"] = told.get("erased") or digest(told["payload"])
    return kept


def read(subject: str, headers: Mapping[str, str] | None, body: bytes, position: int, epoch: str) -> Entry:
    """The entry in a stored message. Raises Undecodable."""
    envelope, event = decoded(subject, headers, body)
    if envelope.time != render(event.timestamp):
        envelope = replace(envelope, time=_time(envelope))
    return Entry(event.story_id, envelope, position, epoch, body.decode(), event)


def _time(envelope: Envelope) -> str:
    """When the message was written, as times on the wire are spelled; most writers say an event's own time."""
    try:
        return render(_Written.model_validate(envelope, from_attributes=True).time)
    except ValidationError as error:
        raise Undecodable(f"a header is malformed: {complaint(error)}") from error


class _Written(Wire):
    time: Timestamp
