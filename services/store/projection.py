"""The projection: every story as it stands. Always equal to fold(log), whoever wrote it, however often, in any order."""

from collections.abc import Collection, Mapping

from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from contracts.story import StoryState
from services.common.logging import Logger
from services.store.database import STORIES, UNSTORABLE, Database, Document, storable
from services.store.entry import key
from services.store.folding import forward, from_document, to_document
from services.store.log import EventLog, duplicates
from services.store.metrics import Metrics

Write = InsertOne[Document] | ReplaceOne[Document]


class Projection:
    """The collection `stories`, one document a story."""

    def __init__(self, db: Database, log: EventLog, metrics: Metrics, logger: Logger) -> None:
        self._stories = db[STORIES]
        self._log = log
        self._metrics = metrics
        self._logger = logger

    async def advance(self, story_ids: Collection[str]) -> dict[str, str]:
        """Fold these stories forward to where their log is whole. Raises PyMongoError: advance the same again.

        Returns the events where folds ended that should have gone on, by their keys in the log, and why.
        """
        stuck: dict[str, str] = {}
        while story_ids:
            before = await self.states(story_ids)
            after = await self._fold(story_ids, before, stuck)
            lost = await self._write(before, after, stuck)
            self._metrics.folds.inc(len(after) - lost)
            self._metrics.lost_races.inc(lost)
            # Whoever lost a race looks again: what the winner had not seen yet may be ours to fold.
            story_ids = after.keys() if lost else ()
        for at, reason in stuck.items():
            self._metrics.unfoldable.inc()
            self._logger.error("a story cannot be folded any further", at=at, reason=reason)
        return stuck

    async def states(self, story_ids: Collection[str]) -> dict[str, StoryState]:
        """The stories as they stand; one without a projection is left out."""
        found = self._stories.find({"_id": {"$in": list(story_ids)}})
        return {document["_id"]: from_document(document) async for document in found}

    async def _fold(
        self, story_ids: Collection[str], before: Mapping[str, StoryState], stuck: dict[str, str]
    ) -> dict[str, StoryState]:
        """The stories that move, as they will stand."""
        reached = {story: before[story].sequence if story in before else 0 for story in story_ids}
        moved = {}
        for story, events in (await self._log.after(reached.items())).items():
            state, reason = forward(before.get(story), events)
            if reason is not None:
                stuck[key(story, (state.sequence if state else 0) + 1)] = reason
            if state is not None and state.sequence > reached[story]:
                moved[story] = state
        return moved

    async def _write(
        self, before: Mapping[str, StoryState], after: dict[str, StoryState], stuck: dict[str, str]
    ) -> int:
        """Write each story where it still stands as it was read. Returns how many did not."""
        try:
            return await self._bulk([_write(before.get(story), state) for story, state in after.items()])
        except UNSTORABLE:
            unstorable = [story for story, state in after.items() if not storable(to_document(state))]
            if not unstorable:
                raise
            for story in unstorable:
                last = after.pop(story).sequence
                stuck[key(story, last)] = f"the state after event {last} fits into no document"
            return await self._bulk([_write(before.get(story), state) for story, state in after.items()])

    async def _bulk(self, writes: list[Write]) -> int:
        if not writes:
            return 0
        try:
            result = await self._stories.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            duplicates(error)
            return len(writes) - int(error.details["nMatched"]) - int(error.details["nInserted"])
        return len(writes) - result.matched_count - result.inserted_count


def _write(before: StoryState | None, after: StoryState) -> Write:
    if before is None:
        return InsertOne(to_document(after))
    return ReplaceOne({"_id": before.story_id, "sequence": before.sequence}, to_document(after))
