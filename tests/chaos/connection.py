"""This side's own connection to NATS, which does not mind what happens to the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import nats
from nats.aio.client import Client


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    async def quiet(_: Exception) -> None:
        pass  # It is killed on purpose.

    client = await nats.connect(
        url,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,
        error_cb=quiet,
        ping_interval=2,
        max_outstanding_pings=2,
    )
    try:
        yield client
    finally:
        with suppress(Exception):
            await client.close()
