"""Which collection holds a projection: the one that is read, the one before it, the one that a rebuild fills.

A rebuild swaps by writing one document here. So nobody keeps a place for longer than one query, or one batch.
"""

from dataclasses import dataclass
from typing import Any

from pymongo import ReturnDocument

from services.store.database import PROJECTIONS, Collection, Database, Document
from services.store.projections.projection import Projection


@dataclass(frozen=True)
class Place:
    """Names of collections. `current` is read. Events are folded into `building`, when there is one, and into `current`."""

    current: str
    previous: str | None = None
    building: str | None = None

    @property
    def written(self) -> tuple[str, ...]:
        """What events are folded into, in this order: so what is being built is never behind what is read."""
        return (self.current,) if self.building is None else (self.building, self.current)

    def fresh(self, name: str) -> str:
        """A collection of the projection that is none of these."""
        return next(each for each in collections_of(name) if each not in (self.current, self.previous, self.building))


class Places:
    """The collection `projections`, one document a projection that was ever rebuilt."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._places = db[PROJECTIONS]

    async def all(self) -> dict[str, Place]:
        """Every projection's place that is not the one it began in."""
        return {document["_id"]: _place(document) async for document in self._places.find()}

    async def of(self, name: str) -> Place:
        """One projection's place."""
        document = await self._places.find_one({"_id": name})
        return beginning(name) if document is None else _place(document)

    async def current(self, projection: Projection[Any]) -> Collection:
        """The collection to read."""
        return self._db[(await self.of(projection.name)).current]

    async def move(self, name: str, before: Place, after: Place) -> bool:
        """Change a place, unless somebody else has changed it; returns whether it stands as `after` now."""
        await self._places.update_one({"_id": name}, {"$setOnInsert": vars(beginning(name))}, upsert=True)
        found = await self._places.find_one_and_update(
            {"_id": name, **vars(before)}, {"$set": vars(after)}, return_document=ReturnDocument.AFTER
        )
        return found is not None or await self.of(name) == after


def collections_of(name: str) -> tuple[str, ...]:
    """Every collection that a projection may ever stand in: what is read, what was before it, what is being built.

    There are no others, because MongoDB's permissions are given by name.
    """
    return name, f"{name}-2", f"{name}-3"


def beginning(name: str) -> Place:
    """Where a projection stands before its first rebuild: in the collection of its name."""
    return Place(current=name)


def _place(document: Document) -> Place:
    return Place(document["current"], document["previous"], document["building"])
