"""From a stored message to the event in it: every handler reads by the same rule."""

from collections.abc import Mapping

from pydantic import ValidationError

from contracts.codec import InvalidEvent, decode
from contracts.envelope import Envelope, InvalidEnvelope
from contracts.events import Event
from contracts.ids import InvalidStoryId
from contracts.subjects import InvalidSubject, parse_subject
from services.common.complaint import complaint


class Undecodable(ValueError):
    """The message is no event of the story whose subject it came on."""


def decoded(subject: str, headers: Mapping[str, str] | None, body: bytes) -> tuple[Envelope, Event]:
    """The event in a message, and its envelope. Raises Undecodable, whose text repeats nothing of the body."""
    try:
        address = parse_subject(subject)
        envelope = Envelope.parse(headers)
        event = decode(envelope.kind, envelope.version, body)
    except (InvalidSubject, InvalidStoryId, InvalidEnvelope) as error:
        raise Undecodable(str(error)) from error
    except InvalidEvent as error:
        cause = error.__cause__
        wrong = complaint(cause) if isinstance(cause, ValidationError) else str(cause)
        raise Undecodable(f"not a {envelope.kind} event of version {envelope.version}: {wrong}") from error
    if (event.story_id, envelope.kind) != address:
        raise Undecodable(f"{subject} carries a {envelope.kind} event of story {event.story_id}")
    return envelope, event
