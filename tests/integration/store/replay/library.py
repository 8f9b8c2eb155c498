"""What a test does with a log in MongoDB: keeps events in it as stores do, and looks at what became of them."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from services.store.checkpoint import Checkpoints
from services.store.database import Database, Document, prepare
from services.store.entry import Entry
from services.store.log import EventLog
from services.store.metrics import Metrics
from services.store.places import Places
from services.store.projections.projection import Projection
from services.store.projections.stories import STORIES
from services.store.projector import Projector, create_indexes
from services.store.records import Records
from services.store.replay import seed
from services.store.replay.rebuild import Rebuild

LOGGER = structlog.stdlib.get_logger("tests")


class Library:
    """One database."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def prepare(self) -> None:
        await prepare(self.db, LOGGER, create_indexes)

    def records(self) -> Records:
        """What a store keeps events with; each call gives another store's."""
        log = EventLog(self.db)
        return Records(log, Projector(self.db, log, Metrics(CollectorRegistry()), LOGGER), Checkpoints(self.db))

    async def keep(self, entries: Iterable[Entry], *, at_once: int = 50) -> None:
        records, left = self.records(), iter(entries)
        while batch := list(islice(left, at_once)):
            await records.keep(batch)

    def rebuild(self, projection: Projection[Any] = STORIES) -> Rebuild:
        return Rebuild(self.db, projection, Metrics(CollectorRegistry()))

    async def read(self, projection: Projection[Any] = STORIES) -> list[Document]:
        """What the projection's readers see."""
        collection = await Places(self.db).current(projection)
        return await collection.find().sort("_id").to_list()

    async def collections(self) -> set[str]:
        return set(await self.db.list_collection_names())


def seeded(count: int, number: int = 1) -> Sequence[Entry]:
    return list(seed.entries(count, number))
