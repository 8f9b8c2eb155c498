from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import pytest
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from services.common import topology
from services.common.clock import new_id
from services.common.connection import close, options
from services.common.settings import Settings


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """A client as the services have it."""
    client = await nats.connect(**options("operator", Settings(nats_url=url), structlog.stdlib.get_logger("storywire")))
    try:
        yield client
    finally:
        await close(client)


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    """A client of the session's nats-server, the streams declared."""
    async with connected(nats_url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        yield client


@pytest.fixture
def js(client: Client) -> JetStreamContext:
    return client.jetstream(timeout=5)


@pytest.fixture
def story() -> str:
    """The id of a story that no other test knows."""
    return new_id()
