from collections.abc import AsyncIterator

import nats
import pytest

from contracts.permissions import OPERATOR
from contracts.subjects import inbox_of
from deploy.local.ports import free_port
from services.common import topology
from services.common.clock import new_id
from tests.integration.gateway.town import Door, Town, opened
from tests.servers import Server


@pytest.fixture
async def town(own_nats: Server) -> AsyncIterator[Town]:
    """Its own NATS, which the test may kill; no store."""
    client = await nats.connect(
        own_nats.url, reconnect_time_wait=0.1, max_reconnect_attempts=-1, inbox_prefix=inbox_of(OPERATOR)
    )
    await topology.declare(client.jetstream(), new_id)
    yield Town(own_nats, client)
    await client.close()


@pytest.fixture
async def door(town: Town) -> AsyncIterator[Door]:
    """A gateway without a store behind it: what JetStream holds needs none."""
    async with town.gateway() as door:
        yield door


@pytest.fixture
async def lone_door() -> AsyncIterator[Door]:
    """A gateway that reaches no NATS: what it can tell by itself needs none."""
    async with opened(nats_url=f"nats://127.0.0.1:{free_port()}") as door:
        yield door


@pytest.fixture
async def stored_door(town: Town, mongodb_url: str) -> AsyncIterator[Door]:
    """A gateway with a store behind it."""
    async with town.store(mongodb_url), town.gateway() as door:
        yield door
