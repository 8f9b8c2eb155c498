"""The connection to NATS: how long it waits, how it comes back, and what happens when it cannot."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.errors import Error

from services.common.logging import Logger

# Seconds; finite everywhere, because a killed server answers nothing ever. A request in flight when it dies is given up
# only then, so this is also how long an outage is felt after it has ended.
REQUEST_TIMEOUT = 2.0
_PONG_TIMEOUT = 60  # seconds; by then a silent connection has long been given up, and its pongs with it


def options(service: str, url: str, logger: Logger, closed: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """The arguments of `nats.connect`, for the client and for FastStream's broker alike.

    `closed` is called when the connection is given up for good (on purpose, or by a refused login): a service ends
    then, and whoever supervises it starts it anew, rather than live on deaf.
    """

    async def on_error(error: Exception) -> None:
        logger.warning("nats error", error=repr(error))

    async def on_disconnect() -> None:
        logger.warning("nats connection lost; reconnecting", nats_url=url)

    async def on_reconnect() -> None:
        logger.info("nats connection is back")

    async def on_closed() -> None:
        logger.info("nats connection closed")
        closed()

    return {
        "servers": [url],
        "name": f"storywire-{service}",
        "error_cb": on_error,
        "disconnected_cb": on_disconnect,
        "reconnected_cb": on_reconnect,
        "closed_cb": on_closed,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.25,
        "connect_timeout": 2,
        "ping_interval": 5,
        "max_outstanding_pings": 2,
    }


async def close(client: Client) -> None:
    """Close the connection, whether NATS is there or not."""
    with suppress(OSError):  # nats-py tries to send what still waits to be sent, even to a server that has gone.
        await client.close()


async def round_trip(client: Client, patience: float = REQUEST_TIMEOUT) -> None:
    """Return when the server has seen all that was sent so far. Raises nats' errors, TimeoutError, OSError.

    Never `client.flush` itself: one that is given up or cancelled ends nats-py's reading when the pong comes after all,
    and the connection hears nothing for seconds. This one goes on alone for as long as a pong may come.
    """
    ping = asyncio.create_task(client.flush(_PONG_TIMEOUT))
    ping.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait_for(asyncio.shield(ping), patience)


async def answers(client: Client) -> bool:
    """Whether NATS answers a ping within two seconds."""
    try:
        await round_trip(client)
    except (Error, TimeoutError, OSError):
        return False
    return client.is_connected
