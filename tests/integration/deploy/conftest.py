from collections.abc import AsyncIterator

import nats
import pytest

from services.common.clock import new_id
from services.store.database import Database, connect, database
from services.store.settings import StoreSettings
from tests.integration.store.replay.library import Library, seeded
from tests.integration.store.shelf import Shelf
from tests.servers import Server


@pytest.fixture
async def shelf(own_nats: Server, mongodb_url: str) -> AsyncIterator[Shelf]:
    """A NATS and a database of its own, with a store at work between them."""
    name = f"test-{new_id()}"
    settings = StoreSettings(nats_url=own_nats.url_of("store"), mongodb_url=mongodb_url, storywire_database=name)
    client = await nats.connect(own_nats.url)
    async with connect(mongodb_url) as mongo:
        shelf = Shelf(settings, client, database(mongo, name))
        async with shelf.store():
            yield shelf
        await mongo.drop_database(name)
    await client.close()


@pytest.fixture
async def db(mongodb_url: str) -> AsyncIterator[Database]:
    """A log of 60 events, its projections, and no store at work."""
    async with connect(mongodb_url) as client:
        db = database(client, f"test-{new_id()}")
        library = Library(db)
        await library.prepare()
        await library.keep(seeded(60))
        yield db
        await client.drop_database(db.name)


@pytest.fixture
def environment(shelf: Shelf, own_nats: Server) -> dict[str, str]:
    """Where `storywire` finds them."""
    return {
        "NATS_URL": own_nats.url,
        "MONGODB_URL": shelf.settings.mongodb_url,
        "STORYWIRE_DATABASE": shelf.settings.storywire_database,
    }
