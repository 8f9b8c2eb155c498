import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import pytest

from contracts.permissions import OPERATOR
from contracts.subjects import inbox_of
from services.common.clock import new_id
from services.store.database import connect, database
from services.store.settings import StoreSettings
from tests.integration.store.shelf import Shelf
from tests.servers import Server


@pytest.fixture
async def shelf(own_nats: Server, mongodb_url: str) -> AsyncIterator[Shelf]:
    """Its own NATS, since all stores share one durable consumer, and its own database in the session's MongoDB."""
    async with _shelf(own_nats, mongodb_url) as shelf:
        yield shelf
        await shelf.db.client.drop_database(shelf.db.name)


@pytest.fixture
async def frail_shelf(own_nats: Server, own_mongo: Server) -> AsyncIterator[Shelf]:
    """Servers that the test may kill; see MONGODB_GOES_AWAY."""
    async with _shelf(own_nats, own_mongo.url) as shelf:
        yield shelf
    gc.collect()


@asynccontextmanager
async def _shelf(server: Server, mongodb_url: str) -> AsyncIterator[Shelf]:
    settings = StoreSettings(
        nats_url=server.url_of("store"), mongodb_url=mongodb_url, storywire_database=f"test-{new_id()}"
    )
    client = await nats.connect(
        server.url, reconnect_time_wait=0.1, max_reconnect_attempts=-1, inbox_prefix=inbox_of(OPERATOR)
    )
    async with connect(mongodb_url) as mongo:
        yield Shelf(settings, client, database(mongo, settings.storywire_database))
    await client.close()
