"""The store beside bare pymongo: taking events in beside `insert_many`, folding the log again beside a cursor.

Both sides work on one mongod, in turn, on the same events.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import nats
import structlog
from nats.js import JetStreamContext
from prometheus_client import CollectorRegistry
from pymongo import MongoClient, WriteConcern

from contracts.permissions import OPERATOR
from contracts.streams import STORE, STORIES
from contracts.subjects import inbox_of, story_subject, write_subject
from services.common.clock import new_id
from services.store import topology
from services.store.app import store
from services.store.database import EVENTS, Database, Document, connect, database, prepare
from services.store.entry import Entry
from services.store.log import EventLog
from services.store.metrics import Metrics
from services.store.projections.stories import STORIES as PROJECTION
from services.store.projector import create_indexes
from services.store.replay import seed
from services.store.replay.collection import collect_rarely
from services.store.replay.progress import silent
from services.store.replay.rebuild import Rebuild
from services.store.settings import StoreSettings
from tests.bench.contest import OURS, Bar, Contest, Sample, Work
from tests.servers import Server, mongo_server, nats_server

_INGESTED, _FOLDED = (2_000, 4_000, 8_000), (10_000, 20_000, 40_000)
_BARS = {max(_INGESTED): Bar(0.4, more=True), max(_FOLDED): Bar(0.5, more=True)}
_AT_ONCE = 1_000
_BARE_BATCH = 500  # documents
_LOOK = 0.02  # seconds between two looks whether all is there
_LOGGER = structlog.stdlib.get_logger("bench")


@dataclass(frozen=True)
class Servers:
    """What both sides work with."""

    nats: Server
    mongo: Server
    js: JetStreamContext

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[Database]:
        """A database that is gone afterwards."""
        async with connect(self.mongo.url) as client:
            db = database(client, f"bench-{new_id()}")
            yield db
            await client.drop_database(db.name)


async def ingest(servers: Servers, entries: Sequence[Entry]) -> Sample:
    """Events a second from the stream into log and projections, all of which wait there when the store starts."""
    await servers.js.delete_consumer(STORIES.name, STORE.durable)
    async with servers.fresh() as db:
        settings = StoreSettings(
            nats_url=servers.nats.url_of("store"), mongodb_url=servers.mongo.url, storywire_database=db.name
        )
        async with store(settings, _LOGGER, registry=(registry := CollectorRegistry())):
            begun, had = time.monotonic(), _stored(registry)
            while _stored(registry) < len(entries):
                await asyncio.sleep(_LOOK)
            return Sample((len(entries) - had) / (time.monotonic() - begun))


def _stored(registry: CollectorRegistry) -> float:
    return registry.get_sample_value("storywire_store_events_total") or 0


async def insert_many(servers: Servers, entries: Sequence[Entry]) -> Sample:
    """Documents a second, unordered, journaled by a majority, into a collection without a second index."""
    async with servers.fresh() as db:
        documents = [entry.document() for entry in entries]
        with MongoClient[Document](servers.mongo.url) as client:
            bare = client[db.name].get_collection("bare", write_concern=WriteConcern(w="majority", j=True))
            begun = time.monotonic()
            for at in range(0, len(documents), _BARE_BATCH):
                bare.insert_many(documents[at : at + _BARE_BATCH], ordered=False)
            return Sample(len(documents) / (time.monotonic() - begun))


async def refold(db: Database, events: int) -> Sample:
    """Events a second of a rebuild's fold, read, folded and written into a fresh collection."""
    rebuild = Rebuild(db, PROJECTION, Metrics(CollectorRegistry()))
    await rebuild.begin()
    begun = time.monotonic()
    await rebuild.fold(silent)
    spent = time.monotonic() - begun
    await rebuild.abandon()
    return Sample(events / spent)


async def cursor(servers: Servers, db: Database, events: int) -> Sample:
    """Events a second that come out of the log when nobody does anything with them."""
    with MongoClient[Document](servers.mongo.url) as client:
        begun = time.monotonic()
        assert sum(1 for _ in client[db.name][EVENTS].find()) == events
        return Sample(events / (time.monotonic() - begun))


async def contests(is_wanted: Callable[[str], bool]) -> AsyncGenerator[Contest, None]:
    """Those that are wanted, each size on what was written for it."""
    if not (is_wanted("ingest") or is_wanted("refold")):
        return
    async with _servers() as servers:
        written = list(seed.entries(max(_INGESTED), 1))
        collect_rarely()  # as a store's process does; these events are none of its heap
        published = 0
        for count in _INGESTED if is_wanted("ingest") else ():
            await _publish(servers.js, written[published:count])
            published, entries = count, written[:count]
            ours, theirs = partial(ingest, servers, entries), partial(insert_many, servers, entries)
            work = Work("ingest", "ingest into log and projections", f"{count:,} events", "events/s", _BARS.get(count))
            yield Contest(work, {OURS: ours, "insert_many": theirs})
        for count in _FOLDED if is_wanted("refold") else ():
            async with servers.fresh() as db:
                await prepare(db, _LOGGER, create_indexes)
                left = iter(seed.entries(count, 1))
                while batch := list(islice(left, _AT_ONCE)):
                    await EventLog(db).append(batch)
                work = Work("refold", "refold of a projection", f"{count:,} events", "events/s", _BARS.get(count))
                yield Contest(work, {OURS: partial(refold, db, count), "a cursor": partial(cursor, servers, db, count)})


@asynccontextmanager
async def _servers() -> AsyncIterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        nats_, mongo = nats_server(Path(folder)).start(), mongo_server(Path(folder)).start()
        try:
            client = await nats.connect(nats_.url, inbox_prefix=inbox_of(OPERATOR))
            await topology.declare(js := client.jetstream(timeout=30), new_id, _LOGGER)
            yield Servers(nats_, mongo, js)
            await client.close()
        finally:
            nats_.kill()
            mongo.kill()


async def _publish(js: JetStreamContext, entries: Sequence[Entry]) -> None:
    for at in range(0, len(entries), _AT_ONCE):
        acks = [
            await js.publish_async(
                write_subject(story_subject(entry.story_id, entry.envelope.kind)),
                entry.payload.encode(),
                stream=STORIES.name,
                headers=entry.envelope.headers(),
            )
            for entry in entries[at : at + _AT_ONCE]
        ]
        await asyncio.gather(*acks)
