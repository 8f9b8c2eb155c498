"""The log: every event of every story, once, with the very bytes that were said."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pymongo.errors import BulkWriteError

from contracts.codec import InvalidEvent, decode
from contracts.dead_letters import Reason
from contracts.queries import LoggedEvent
from services.store.database import DUPLICATE_KEY, EVENTS, UNSTORABLE, Database, Document, storable
from services.store.entry import Entry
from services.store.folding import Step

FOLDED = ("storyId", "sequence", "kind", "version", "payload")  # what a fold reads of an event's document


_OURS = ("_id", "storyId", "digest")  # what an event's document has besides the event


class Refusal(NamedTuple):
    """Why an entry is none of the log's, or none that its story can go on from."""

    reason: Reason
    cause: str


@dataclass(frozen=True)
class Appended:
    """What became of a batch: `conflicts` found another event in their place, `unstorable` fit into no document.

    `written` are those that were not there before.

    `unfoldable` are events of the log where their stories' folds ended, by their keys, and why.
    """

    stored: int
    duplicates: int
    conflicts: tuple[Entry, ...] = ()
    unstorable: tuple[Entry, ...] = ()
    unfoldable: Mapping[str, str] = field(default_factory=dict)
    written: Sequence[Entry] = field(default=(), compare=False)

    def refusal(self, entry: Entry) -> Refusal | None:
        """What is wrong with one of the batch's entries; None when all is well."""
        if entry in self.conflicts:
            return Refusal("conflict", f"the log has another event as {entry.key}, or at this position")
        if entry in self.unstorable:
            return Refusal("unstorable", "it holds what MongoDB cannot: a number beyond 64 bits")
        if entry.key in self.unfoldable:
            return Refusal("unfoldable", self.unfoldable[entry.key])
        return None


class EventLog:
    """The collection `events`, one document an event."""

    def __init__(self, db: Database) -> None:
        self._events = db[EVENTS]

    async def append(self, entries: Sequence[Entry]) -> Appended:
        """Write what is not there yet. What is returned as stored, or as a duplicate, is there to stay.

        Raises PyMongoError when that is not certain: append the same again.
        """
        documents = [entry.document() for entry in entries]
        unstorable: tuple[Entry, ...] = ()
        try:
            refused = await self._insert(documents)
        except UNSTORABLE:
            unstorable = tuple(entry for entry in entries if not storable(entry.document()))
            if not unstorable:
                raise
            entries = [entry for entry in entries if entry not in unstorable]
            refused = await self._insert([entry.document() for entry in entries])
        conflicts = await self._conflicts([entries[index] for index in refused])
        places = set(refused)
        return Appended(
            stored=len(entries) - len(refused),
            duplicates=len(refused) - len(conflicts),
            conflicts=conflicts,
            unstorable=unstorable,
            written=[entry for place, entry in enumerate(entries) if place not in places],
        )

    async def _insert(self, documents: list[Document]) -> list[int]:
        """Insert; returns the places in the list of those that were refused because their key is taken."""
        if not documents:
            return []
        try:
            await self._events.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return duplicates(error)
        return []

    async def _conflicts(self, refused: Sequence[Entry]) -> tuple[Entry, ...]:
        """Those in whose place another event stands. The same event once more is what redelivery brings, and harmless."""
        if not refused:
            return ()
        found = self._events.find({"_id": {"$in": [entry.key for entry in refused]}}, {"id": 1})
        ids = {document["_id"]: document["id"] async for document in found}
        return tuple(entry for entry in refused if ids.get(entry.key) != entry.envelope.id)

    async def after(self, sequences: Collection[tuple[str, int]]) -> dict[str, list[Step]]:
        """The events after a sequence, ascending, for several stories at once; a story without any is left out."""
        found: dict[str, list[Step]] = {}
        if not sequences:
            return found
        branches = [{"storyId": story, "sequence": {"$gt": sequence}} for story, sequence in sequences]
        async for document in self._events.find({"$or": branches}, FOLDED):
            found.setdefault(document["storyId"], []).append(step(document))
        for steps in found.values():
            steps.sort(key=lambda each: each.sequence)
        return found

    async def having(self, events: Collection[str]) -> set[str]:
        """Those of the events, by their keys, that are there."""
        return {document["_id"] async for document in self._events.find({"_id": {"$in": list(events)}}, {"_id": 1})}

    async def read(self, story_id: str, after: int, limit: int) -> AsyncIterator[LoggedEvent]:
        """One story's events after a sequence, ascending."""
        found = self._events.find({"storyId": story_id, "sequence": {"$gt": after}}).sort("sequence").limit(limit)
        async with found:
            async for document in found:
                yield logged(document)


def step(document: Document) -> Step:
    """The event in one of the log's documents, of which FOLDED is enough."""
    try:
        event = decode(document["kind"], document["version"], document["payload"])
    except InvalidEvent as error:
        return Step(document["sequence"], error)
    return Step(document["sequence"], event)


def logged(document: Document) -> LoggedEvent:
    """The event in one of the log's documents."""
    return LoggedEvent.model_validate({key: value for key, value in document.items() if key not in _OURS})


def duplicates(error: BulkWriteError) -> list[int]:
    """The places of writes refused because their key was taken. Raises `error` when anything else went wrong too."""
    failures = error.details.get("writeErrors", [])
    others = [failure for failure in failures if failure["code"] != DUPLICATE_KEY]
    if others or error.details.get("writeConcernErrors"):
        raise error
    return [failure["index"] for failure in failures]
