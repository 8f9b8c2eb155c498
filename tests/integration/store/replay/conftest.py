from collections.abc import AsyncIterator

import pytest

from services.common.clock import new_id
from services.store.database import Database, close, connect, database
from tests.integration.store.replay.library import Library


@pytest.fixture
async def library(mongodb_url: str) -> AsyncIterator[Library]:
    """A database of its own in the session's MongoDB, and no NATS."""
    client = connect(mongodb_url)
    db: Database = database(client, f"test-{new_id()}")
    library = Library(db)
    await library.prepare()
    yield library
    await client.drop_database(db.name)
    await close(client)
