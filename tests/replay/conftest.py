from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.client import Client

from services.common import topology
from services.common.clock import new_id
from tests.servers import Server


@pytest.fixture
async def client(own_nats: Server) -> AsyncIterator[Client]:
    """At a NATS of its own, with the streams declared and nobody at work."""
    client = await nats.connect(own_nats.url)
    await topology.declare(client.jetstream(), new_id)
    yield client
    await client.close()
