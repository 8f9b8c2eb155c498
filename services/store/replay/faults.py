"""What can be wrong with a log."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from services.store.database import Document

FaultKind = Literal[
    "gap",  # an event is missing between two others, or at the beginning
    "order",  # a later event stands at a lower position
    "terminal",  # a request has ended more than once, or something ended that nobody had asked for
    "checksum",  # the bytes are not those that were kept
    "invalid",  # the bytes are no event of their kind and version
    "erased",  # the bytes were taken away, though nobody has deleted the story
    "mislabelled",  # the document says something else than the event in it
    "projection",  # a projection is not the fold of the log
    "behind",  # a projection lacks events that were settled
    "orphan",  # a projection has a story that the log does not have
    "not in the log",  # JetStream holds an event that was settled, and the log does not
    "not in the stream",  # the log has an event where JetStream, which holds those around it, has none
    "differs",  # log and JetStream hold different events at one position
]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where."""

    kind: FaultKind
    detail: str
    story_id: str | None = None
    sequence: int | None = None
    epoch: str | None = None
    position: int | None = None

    @classmethod
    def at(cls, document: Document, kind: FaultKind, detail: str) -> "Fault":
        """A fault of an event in the log."""
        return cls(kind, detail, document["storyId"], document["sequence"], document["epoch"], document["position"])

    def known(self) -> dict[str, Any]:
        """All that is known of it, spelled as on the wire."""
        said = asdict(self)
        return {"storyId": said.pop("story_id"), **said}
