"""The connection to NATS: how long it waits, how it comes back, and what happens when it cannot."""

from collections.abc import Callable
from typing import Any

from nats.aio.client import Client
from nats.errors import Error

from services.common.logging import Logger

REQUEST_TIMEOUT = 5.0  # seconds; finite everywhere, because a killed server answers nothing ever


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


async def answers(client: Client) -> bool:
    """Whether NATS answers a ping within two seconds."""
    try:
        await client.flush(timeout=2)
    except (Error, TimeoutError, OSError):
        return False
    return client.is_connected
