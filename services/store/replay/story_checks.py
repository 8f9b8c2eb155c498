"""What has to hold for one story's events, and for what they were folded into. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.codec import InvalidEvent
from contracts.events import TERMINAL, Deleted, Event, Requested, RetryRequested, UnknownEvent
from contracts.fold import Snapshot
from services.store.database import Document
from services.store.entry import digest, key
from services.store.folding import Step, forward
from services.store.log import step
from services.store.projections.projection import Projection
from services.store.replay.faults import Fault
from services.store.replay.settled import Settled


class Story:
    """One story's documents in the log, ascending by sequence, each decoded once."""

    def __init__(self, documents: Sequence[Document], settled: Settled) -> None:
        self.id: str = documents[0]["storyId"]
        self._documents = documents
        self._settled = settled
        self._steps = [step(document) for document in documents]

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the events, by themselves and as a sequence."""
        deleted = any(isinstance(event, Deleted) for _, event in self._steps)
        for document, (_, event) in zip(self._documents, self._steps, strict=True):
            if "erased" not in document:
                yield from _event(document, event)
            elif not deleted:
                yield Fault.at(document, "erased", "the payload was taken away, though nobody has deleted the story")
            elif document.get("digest") not in (None, document["erased"]):
                yield Fault.at(document, "checksum", "what was taken away is not what was kept")
        yield from self._sequence()
        yield from self._terminals()

    def projected(self, projection: Projection[Any], found: Document | None) -> Iterator[Fault]:
        """What is wrong with what a projection has of the story."""
        sequence = 0 if found is None else found["sequence"]
        settled = self._fold(projection, self._settled_steps())
        if settled is not None and sequence < settled.sequence:
            detail = f"{projection.name} ends at event {sequence}, the log can be folded to {settled.sequence}"
            yield Fault("behind", detail, self.id, sequence)
        same = settled is not None and settled.sequence == sequence
        state = settled if same else self._fold(projection, [each for each in self._steps if each.sequence <= sequence])
        expected = None if state is None else projection.document(state)
        if found != expected:
            detail = f"{projection.name} is not the fold of events 1 to {sequence}{_difference(found, expected)}"
            yield Fault("projection", detail, self.id, sequence)

    def _fold(self, projection: Projection[Any], steps: list[Step]) -> Snapshot | None:
        return forward(projection.fold, None, steps).state

    def _settled_steps(self) -> list[Step]:
        told = zip(self._documents, self._steps, strict=True)
        return [each for document, each in told if self._settled.covers(document)]

    def _sequence(self) -> Iterator[Fault]:
        last, before = 0, None
        for document in self._documents:
            missing = document["sequence"] - last - 1
            if missing and self._settled.covers(document):
                names = f"event {last + 1}" if missing == 1 else f"events {last + 1} to {document['sequence'] - 1}"
                yield Fault.at(document, "gap", f"{names} before it {'is' if missing == 1 else 'are'} missing")
            if before is not None and _place(document) <= _place(before):
                yield Fault.at(
                    document, "order", f"event {before['sequence']} stands at {before['position']}, after it"
                )
            last, before = document["sequence"], document

    def _terminals(self) -> Iterator[Fault]:
        if any("erased" in document for document in self._documents):
            return  # nobody knows any more what they said
        ended: str | None = "nobody has asked for it"
        for document, (_, event) in zip(self._documents, self._steps, strict=True):
            if isinstance(event, Requested | RetryRequested):
                ended = None
            elif isinstance(event, TERMINAL):
                if ended is not None:
                    yield Fault.at(document, "terminal", f"{document['kind']}, but {ended}")
                ended = f"event {document['sequence']} has ended the request"


def _event(document: Document, event: Event | InvalidEvent) -> Iterator[Fault]:
    if document.get("digest") not in (None, digest(document["payload"])):
        yield Fault.at(document, "checksum", "the payload is not the one that was kept")
    if isinstance(event, InvalidEvent):
        yield Fault.at(document, "invalid", f"not a {document['kind']} event of version {document['version']}")
        return
    labels = {
        "_id": key(event.story_id, event.sequence),
        "storyId": event.story_id,
        "sequence": event.sequence,
    } | ({} if isinstance(event, UnknownEvent) else {"kind": event.kind})
    wrong = [name for name, value in labels.items() if document[name] != value]
    if wrong:
        yield Fault.at(document, "mislabelled", f"{', '.join(wrong)} of the document and of the event in it differ")


def _place(document: Document) -> tuple[str, int]:
    return document["epoch"], document["position"]


def _difference(found: Mapping[str, Any] | None, expected: Mapping[str, Any] | None) -> str:
    if found is None or expected is None:
        return ""
    names = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    return f": {', '.join(names)}" if names else ": the order of its fields"
