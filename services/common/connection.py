"""The connection to NATS: how long it waits, how it comes back, and what happens when it cannot."""

import os
import signal
from typing import Any

from nats.aio.client import Client
from nats.errors import Error

from services.common.logging import Logger

REQUEST_TIMEOUT = 5.0  # seconds; finite everywhere, because a killed server answers nothing ever


def options(service: str, url: str, logger: Logger) -> dict[str, Any]:
    """The arguments of `nats.connect`, for the client and for FastStream's broker alike."""

    async def on_error(error: Exception) -> None:
        logger.warning("nats error", error=repr(error))

    async def on_disconnect() -> None:
        logger.warning("nats connection lost; reconnecting", nats_url=url)

    async def on_reconnect() -> None:
        logger.info("nats connection is back")

    async def on_closed() -> None:
        # Closed for good while we still want it (a refused login, say): end the process in the ordinary way and let
        # whoever supervises it start it anew, rather than live on deaf.
        logger.error("nats connection closed")
        os.kill(os.getpid(), signal.SIGTERM)

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
