"""The store, put together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

from faststream.nats import NatsBroker
from faststream.security import BaseSecurity
from nats.aio.client import Client as NatsClient
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry

from services.common import clock, connection, durability, health
from services.common.clock import NewId
from services.common.connection import REQUEST_TIMEOUT, Closed
from services.common.dead_letters import DeadLetters
from services.common.lifetime import going_on, serve_until, stop_on_signals
from services.common.logging import Logger, configure
from services.common.requeue import requeueing
from services.store import database, topology
from services.store.answers import Answers
from services.store.checkpoint import Checkpoints
from services.store.database import Database
from services.store.erasure import Erasure
from services.store.ingest import Ingest
from services.store.log import EventLog
from services.store.metrics import Metrics
from services.store.projector import Projector, create_indexes
from services.store.pull import PullClient
from services.store.queries import Queries
from services.store.readiness import Readiness
from services.store.records import Records
from services.store.replay.collection import collect_rarely
from services.store.settings import StoreSettings

_GRACE = 2.0  # seconds for the batch at hand, then for the queries at hand, when the service ends


async def run(settings: StoreSettings) -> None:
    """Run the store until SIGTERM or SIGINT. Raises what `store` raises."""
    stop = stop_on_signals()
    logger = configure("store", settings.log_level)
    collect_rarely()
    await serve_until(stop, store(settings, logger, closed=stop.because))


@asynccontextmanager
async def store(
    settings: StoreSettings,
    logger: Logger,
    *,
    new_id: NewId = clock.new_id,
    registry: CollectorRegistry | None = None,
    closed: Closed = lambda _: None,
) -> AsyncIterator[None]:
    """A store that takes events and answers queries while the body runs. Waits for NATS and MongoDB to be there.

    `closed` is called when NATS is lost for good, or refuses us. Raises NotAllowed, PortTaken, UnfitDatabase, WeakDurability, WeakTopology.
    """
    registry = registry or CollectorRegistry()
    async with AsyncExitStack() as stack:
        mongo = database.connect(settings.mongodb_url)
        stack.push_async_callback(database.close, mongo)
        db = database.database(mongo, settings.storywire_database)
        readiness = Readiness(mongo)
        await stack.enter_async_context(health.serving(settings.health_port, readiness.checks, registry))

        leaving = asyncio.Event()
        options = connection.options("store", settings, logger, lambda reason: leaving.is_set() or closed(reason))
        broker = _broker(settings, options)
        client: NatsClient = await broker.connect()
        stack.push_async_callback(_disconnect, broker, client)
        pulls = await stack.enter_async_context(_pulls(options | {"tls": connection.tls(settings)}))
        stack.callback(leaving.set)
        readiness.connected(client)
        await durability.check(settings.nats_monitor_url, logger)
        declare = partial(topology.declare, client.jetstream(timeout=REQUEST_TIMEOUT), new_id, logger)
        life = await declare()
        Answers(broker, Queries(db, EventLog(db)), logger)
        await broker.start()

        await database.prepare(db, logger, create_indexes)
        readiness.following(life)
        metrics = Metrics(registry)
        eraser = database.connect(settings.mongodb_eraser_url or settings.mongodb_url)
        stack.push_async_callback(database.close, eraser)
        erasure = Erasure(db, database.database(eraser, settings.storywire_database), client, logger)
        ingest = Ingest(
            pulls,
            declare,
            _records(db, metrics, logger),
            DeadLetters(client, "store", clock.now, registry, logger),
            erasure.erase,
            metrics=metrics,
            logger=logger,
            size=settings.store_batch,
        )
        await stack.enter_async_context(_running(ingest))
        await stack.enter_async_context(requeueing(client, "store", ingest.requeue, logger))
        logger.info("store works")
        yield


def _broker(settings: StoreSettings, options: Mapping[str, Any]) -> NatsBroker:
    # FastStream notes every message it takes at DEBUG, failures at ERROR.
    return NatsBroker(
        **options,
        security=BaseSecurity(connection.tls(settings)),
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        graceful_timeout=_GRACE,
    )


@asynccontextmanager
async def _pulls(options: Mapping[str, Any]) -> AsyncIterator[PullClient]:
    """A connection of its own, so that no answer stands behind hundreds of messages."""
    client = PullClient()
    await client.connect(**options)
    try:
        yield client
    finally:
        await connection.close(client)


def _records(db: Database, metrics: Metrics, logger: Logger) -> Records:
    log = EventLog(db)
    return Records(log, Projector(db, log, metrics, logger), Checkpoints(db))


async def _disconnect(broker: NatsBroker, client: NatsClient) -> None:
    """Answer the queries at hand, then hang up. Not `broker.stop()`: it would wait for a NATS that is away."""
    for subscriber in broker.subscribers:
        with suppress(NatsError):
            await subscriber.stop()
    await connection.close(client)


@asynccontextmanager
async def _running(ingest: Ingest) -> AsyncIterator[None]:
    """The loop at work; at the end it may finish what it has begun."""
    async with going_on(ingest.run()) as task:
        try:
            yield
        finally:
            ingest.stop()
            await asyncio.wait({task}, timeout=_GRACE)
