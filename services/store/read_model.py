"""A projection in its collection. Always equal to fold(log), whoever wrote it, however often, in any order."""

from collections.abc import Collection, Mapping
from typing import Any

from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from contracts.fold import Snapshot
from services.store.database import UNSTORABLE, Document, storable
from services.store.database import Collection as MongoCollection
from services.store.entry import key
from services.store.folding import Step, forward
from services.store.log import duplicates
from services.store.metrics import Metrics
from services.store.projections.projection import Projection

Write = InsertOne[Document] | ReplaceOne[Document]
States = Mapping[str, Snapshot]


class ReadModel:
    """One document a story, each written only where it still stands as it was read."""

    def __init__(self, collection: MongoCollection, projection: Projection[Any], metrics: Metrics) -> None:
        self._collection = collection
        self._projection = projection
        self._metrics = metrics

    async def states(self, story_ids: Collection[str]) -> dict[str, Snapshot]:
        """The stories as they stand; one that is not there yet is left out."""
        found = self._collection.find({"_id": {"$in": list(story_ids)}})
        return {document["_id"]: self._projection.read(document) async for document in found}

    async def move(
        self, before: States, steps: Mapping[str, Collection[Step]], stuck: dict[str, str]
    ) -> Collection[str]:
        """Fold the steps into the states and write what moved. Raises PyMongoError: read and move again.

        Notes in `stuck` the events where folds ended, by their keys in the log, and why. Returns the stories to be
        looked at again: a race for one of them was lost, and what its winner had not seen yet may be ours to fold.
        """
        return await self.write(before, self.fold(before, steps, stuck), stuck)

    def fold(self, before: States, steps: Mapping[str, Collection[Step]], stuck: dict[str, str]) -> dict[str, Snapshot]:
        """The first half of `move`: the stories that move, as they will stand."""
        moved = {}
        for story, events in steps.items():
            stands = before.get(story)
            state, reason = forward(self._projection.fold, stands, events)
            if reason is not None:
                stuck[key(story, (state.sequence if state else 0) + 1)] = reason
            if state is not None and (stands is None or state.sequence > stands.sequence):
                moved[story] = state
        return moved

    async def write(self, before: States, after: dict[str, Snapshot], stuck: dict[str, str]) -> Collection[str]:
        """The second half of `move`."""
        lost = await self._write(before, after, stuck)
        self._metrics.folds.inc(len(after) - lost)
        self._metrics.lost_races.inc(lost)
        return after.keys() if lost else ()

    async def _write(self, before: States, after: dict[str, Snapshot], stuck: dict[str, str]) -> int:
        """Write each story where it still stands as it was read. Returns how many did not."""
        try:
            return await self._bulk([self._one(before.get(story), state) for story, state in after.items()])
        except UNSTORABLE:
            unstorable = [story for story, state in after.items() if not storable(self._projection.document(state))]
            if not unstorable:
                raise
            for story in unstorable:
                last = after.pop(story).sequence
                stuck[key(story, last)] = f"the state after event {last} fits into no document"
            return await self._bulk([self._one(before.get(story), state) for story, state in after.items()])

    async def _bulk(self, writes: list[Write]) -> int:
        if not writes:
            return 0
        try:
            result = await self._collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            duplicates(error)
            return len(writes) - int(error.details["nMatched"]) - int(error.details["nInserted"])
        return len(writes) - result.matched_count - result.inserted_count

    def _one(self, before: Snapshot | None, after: Snapshot) -> Write:
        if before is None:
            return InsertOne(self._projection.document(after))
        return ReplaceOne({"_id": before.story_id, "sequence": before.sequence}, self._projection.document(after))
