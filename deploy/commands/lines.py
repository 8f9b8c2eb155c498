"""Events as lines: for programs as the log has them, for people as one row each."""

import json
from dataclasses import dataclass
from typing import Any, Self

from contracts.envelope import Envelope
from contracts.subjects import parse_subject
from deploy.commands.dead_letter_view import printable
from services.common.stored import StoredMessage
from services.store.database import Document

_WIDE = 100  # characters of what an event says that a row shows
_TOLD = ("title", "message", "error", "code", "progress", "attempt", "generatedWordCount")


@dataclass(frozen=True)
class Told:
    """One event, wherever it was read."""

    story_id: str
    kind: str
    position: int
    epoch: str
    time: str
    data: dict[str, Any]

    @classmethod
    def logged(cls, document: Document) -> Self:
        """Out of the log."""
        data = json.loads(document["payload"])
        place = document["position"], document["epoch"], document["time"]
        return cls(document["storyId"], document["kind"], *place, data)

    @classmethod
    def stored(cls, message: StoredMessage, epoch: str) -> Self:
        """Out of JetStream. Raises ValueError when it is no event."""
        address, envelope = parse_subject(message.subject), Envelope.parse(message.headers)
        return cls(address.story_id, address.kind, message.position, epoch, envelope.time, json.loads(message.body))

    def line(self, *, as_json: bool) -> str:
        """As one line."""
        place = f"{self.epoch}:{self.position}"
        if as_json:
            known = {"storyId": self.story_id, "event": self.kind, "cursor": place, "time": self.time}
            return json.dumps(known | {"data": self.data}, ensure_ascii=False) + "\n"
        said = " ".join(f"{name}={self.data[name]}" for name in _TOLD if name in self.data)
        row = (
            f"{self.position:>8} {self.time} {self.story_id} {self.data.get('sequence', '?'):>3} {self.kind:<20} {said}"
        )
        return printable(row[: _WIDE + 60]).rstrip() + "\n"
