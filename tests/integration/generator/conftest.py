from collections.abc import AsyncIterator

import nats
import pytest

from contracts.permissions import OPERATOR
from contracts.subjects import inbox_of
from services.common import topology
from services.common.clock import new_id
from tests.integration.generator.desk import Desk
from tests.servers import Server


@pytest.fixture
async def desk(own_nats: Server) -> AsyncIterator[Desk]:
    client = await nats.connect(
        own_nats.url, reconnect_time_wait=0.1, max_reconnect_attempts=-1, inbox_prefix=inbox_of(OPERATOR)
    )
    await topology.declare(client.jetstream(), new_id)
    yield Desk(client)
    await client.close()
