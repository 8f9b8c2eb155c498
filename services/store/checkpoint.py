"""How far the projections have come in the stream, and rebuilds in the log."""

from typing import NamedTuple

from services.store.database import CHECKPOINTS, STORIES, Database


class Checkpoint(NamedTuple):
    """The highest position that was folded, in this life of the stream."""

    epoch: str
    position: int


class Marks:
    """How far rebuilds have come: the last story of whom all was folded. One document a collection that is being filled."""

    def __init__(self, db: Database) -> None:
        self._checkpoints = db[CHECKPOINTS]

    async def write(self, collection: str, story: str) -> None:
        """Note it."""
        await self._checkpoints.update_one({"_id": f"fill:{collection}"}, {"$set": {"story": story}}, upsert=True)

    async def forget(self, collection: str) -> None:
        """Begin at the beginning."""
        await self._checkpoints.delete_one({"_id": f"fill:{collection}"})

    async def read(self, collection: str) -> str:
        """What was noted last; empty at the beginning."""
        document = await self._checkpoints.find_one({"_id": f"fill:{collection}"})
        return "" if document is None else str(document["story"])


class Checkpoints:
    """The collection `checkpoints`, one document a projection."""

    def __init__(self, db: Database) -> None:
        self._checkpoints = db[CHECKPOINTS]

    async def raise_to(self, epoch: str, position: int) -> None:
        """Move on to `position`. Within an epoch it never falls; a new epoch begins anew."""
        higher = {"$cond": [{"$eq": ["$epoch", epoch]}, {"$max": ["$position", position]}, position]}
        update = [{"$set": {"epoch": epoch, "position": higher}}]
        await self._checkpoints.update_one({"_id": STORIES}, update, upsert=True)

    async def read(self) -> Checkpoint | None:
        """Where it stands; None before the first batch."""
        document = await self._checkpoints.find_one({"_id": STORIES})
        return None if document is None else Checkpoint(document["epoch"], document["position"])
