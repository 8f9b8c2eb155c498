"""A message that nobody could handle: its very bytes as the body, all that is known of it in NATS headers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field

from contracts.events import Wire

Handler = Literal["store", "generator"]
Reason = Literal["undecodable", "conflict", "unstorable", "unfoldable", "failing", "interrupted"]


class InvalidDeadLetter(ValueError):
    """A message in the stream of dead letters is none."""


@dataclass(frozen=True)
class DeadLetter:
    """Who could not handle which message, and why. `position` and `epoch` say where the message stands in STORIES.

    Nothing of it acts on NATS: the message's own headers, `Nats-Expected-...` among them, stand as JSON in one header.
    """

    handler: Handler
    reason: Reason
    cause: str
    subject: str
    epoch: str
    position: int
    deliveries: int
    time: str
    headers: Mapping[str, str]
    body: bytes

    def as_headers(self) -> dict[str, str]:
        """Everything but the body, as NATS headers."""
        return {
            "dead-handler": self.handler,
            "dead-reason": self.reason,
            "dead-cause": " ".join(self.cause.split()),
            "dead-subject": self.subject,
            "dead-epoch": self.epoch,
            "dead-position": str(self.position),
            "dead-deliveries": str(self.deliveries),
            "dead-time": self.time,
            "dead-headers": json.dumps(dict(self.headers)),
        }

    @classmethod
    def parse(cls, headers: Mapping[str, str], body: bytes) -> Self:
        """Read what `as_headers` wrote. Raises InvalidDeadLetter."""
        try:
            return cls(
                handler=headers["dead-handler"],  # type: ignore[arg-type]
                reason=headers["dead-reason"],  # type: ignore[arg-type]
                cause=headers["dead-cause"],
                subject=headers["dead-subject"],
                epoch=headers["dead-epoch"],
                position=int(headers["dead-position"]),
                deliveries=int(headers["dead-deliveries"]),
                time=headers["dead-time"],
                headers=json.loads(headers["dead-headers"]),
                body=body,
            )
        except (KeyError, ValueError) as error:
            raise InvalidDeadLetter(f"no dead letter: {error!r}") from error


class Requeue(Wire):
    """On `requeue.<handler>`: handle a dead letter's message once more."""

    number: int = Field(ge=1, description="The letter's position in the stream of dead letters")


class Requeued(Wire):
    """What came of it: `error` is null, the message was handled and its letter is gone; or it says why the letter stays."""

    error: str | None
