"""Folding the log again, into a collection of its own, while everybody goes on reading and writing.

1. Announce the new collection. Every store that keeps a batch from now on folds it into it too, before it folds into
   the one that is read. A store that looked for announcements earlier had its batch in the log by then: step 2 reads it.
2. Fold the log into it, story by story, each under the same guard as a store's writes.
3. Compare the two collections.
4. Swap: one write of one document says which collection is read. The old one stays, for a rollback.

Each step may be broken off and done again.
"""

import asyncio
from collections.abc import Collection
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from services.store.checkpoint import Marks
from services.store.database import EVENTS, Database
from services.store.log import EventLog, step
from services.store.metrics import Metrics
from services.store.places import Place, Places, collections_of
from services.store.projections.projection import Projection
from services.store.read_model import ReadModel
from services.store.replay import scan
from services.store.replay.behind import behind
from services.store.replay.collection import rarely_collected
from services.store.replay.comparison import Comparison, compare
from services.store.replay.progress import Tell

_MARKED = 20_000  # stories between two notes of how far it is


class NothingToRollBack(RuntimeError):
    """There is no collection from before a rebuild."""


class Overtaken(RuntimeError):
    """Somebody else moved the projection meanwhile."""


class Rebuild:
    """One projection's way from the collection that is read to a fresh one. Every method raises PyMongoError."""

    def __init__(self, db: Database, projection: Projection[Any], metrics: Metrics) -> None:
        self._db = db
        self._projection = projection
        self._metrics = metrics
        self._log = EventLog(db)
        self._places = Places(db)
        self._marks = Marks(db)
        self.name = projection.name
        self.stuck: dict[str, str] = {}

    async def place(self) -> Place:
        """Where the projection stands."""
        return await self._places.of(self.name)

    async def begin(self) -> bool:
        """Announce a fresh collection. Returns True when a rebuild that was broken off goes on instead."""
        place = await self.place()
        if place.building is not None and place.building != place.previous:
            return True
        await self._sweep(place)
        fresh = place.fresh(self.name)
        await self._marks.forget(fresh)
        await self._db[fresh].create_indexes([*self._projection.indexes])
        await self._move(place, replace(place, building=fresh))
        return False

    async def fold(self, tell: Tell) -> None:
        """Fold the log into what was announced; `tell` hears how many events that were."""
        name = await self._building()
        folding: asyncio.Task[None] | None = None
        after, marked = await self._marks.read(name), 0
        try:
            async with aclosing(rarely_collected(scan.stories(self._db[EVENTS], after))) as batches:
                async for stories in batches:
                    if folding is not None:
                        await folding  # what was written while these stories came
                    folding = asyncio.create_task(self._fold(self._model(name), stories))
                    tell(sum(map(len, stories.values())))
                    marked += len(stories)
                    if marked >= _MARKED:
                        await folding
                        await self._marks.write(name, max(stories))
                        marked = 0
        finally:
            if folding is not None:
                await folding

    async def catch_up(self, tell: Tell) -> None:
        """Fold on where the announced collection is behind the log; `tell` hears how many stories were looked at."""
        name = await self._building()
        await catch_up(self._db, self._projection, name, self._metrics, tell)

    async def compare(self) -> Comparison:
        """What is read, and what was announced, story by story."""
        place = await self.place()
        return await compare(self._db[place.current], self._db[await self._building()])

    async def swap(self) -> Place:
        """Have the new collection read from now on. Returns where the projection stands then."""
        place = await self.place()
        after = Place(current=await self._building(), previous=place.current)
        await self._move(place, after)
        await self._sweep(after)
        return after

    async def abandon(self) -> bool:
        """Throw away what was announced and not swapped in. Returns whether there was anything."""
        place = await self.place()
        if place.building is None:
            return False
        await self._move(place, replace(place, building=None))
        await self._sweep(replace(place, building=None))
        return True

    async def begin_rollback(self) -> None:
        """Announce the collection from before the last rebuild. Raises NothingToRollBack."""
        place = await self.place()
        if place.previous is None:
            raise NothingToRollBack(f"{self.name}: there is no collection from before a rebuild")
        await self._move(place, replace(place, building=place.previous))

    async def _building(self) -> str:
        building = (await self.place()).building
        if building is None:
            raise Overtaken(f"{self.name}: another rebuild has come to its end meanwhile")
        return building

    async def _move(self, before: Place, after: Place) -> None:
        if not await self._places.move(self.name, before, after):
            raise Overtaken(f"{self.name}: another rebuild is at work; run this one again when it has ended")

    def _model(self, name: str) -> ReadModel:
        return ReadModel(self._db[name], self._projection, self._metrics)

    async def _fold(self, model: ReadModel, stories: scan.Stories) -> None:
        steps = {story: [step(document) for document in documents] for story, documents in stories.items()}
        after = model.fold({}, steps, self.stuck)
        met = await model.write({}, after, self.stuck)
        while met:  # A store was here first, or an earlier try of ours.
            met = await model.move(await model.states(met), {story: steps[story] for story in met}, self.stuck)

    async def _sweep(self, place: Place) -> None:
        """Drop collections that nobody reads or will: older ones, and those that a slow store wrote into once more."""
        for name in {*collections_of(self.name)} - {place.current, place.previous, place.building}:
            await self._db.drop_collection(name)


async def catch_up(
    db: Database, projection: Projection[Any], name: str, metrics: Metrics, tell: Tell
) -> dict[str, str]:
    """Fold on, in one collection, every story that is behind the log. Returns where folds ended, as `advance` does."""
    model, log, stuck = ReadModel(db[name], projection, metrics), EventLog(db), dict[str, str]()
    async for reached in behind(db[EVENTS], db[name], tell):
        again: Collection[str] = reached.keys()
        while again:
            states = await model.states(again)
            since = {story: states[story].sequence if story in states else 0 for story in again}
            again = await model.move(states, await log.after(since.items()), stuck)
    return stuck
