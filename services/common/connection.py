"""The connection to NATS: how long it waits, how it comes back, and what happens when it cannot."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.errors import Error

from contracts.subjects import INBOX, inbox_of
from services.common.logging import Logger
from services.common.settings import Settings

# Seconds; finite everywhere, because a killed server answers nothing ever. A request in flight when it dies is given up
# only then, so this is also how long an outage is felt after it has ended.
REQUEST_TIMEOUT = 2.0
_PONG_TIMEOUT = 60  # seconds; by then a silent connection has long been given up, and its pongs with it

Closed = Callable[[Exception | None], object]


class NotAllowed(RuntimeError):
    """NATS does not let this service in, or does not let it do its work. Waiting would not mend it."""


def options(service: str, settings: Settings, logger: Logger, closed: Closed = lambda _: None) -> dict[str, Any]:
    """The arguments of `nats.connect`, for the client and for FastStream's broker alike.

    `closed` is called when the connection is given up for good, with the reason where it is not on purpose: a service
    ends then, and whoever supervises it starts it anew, rather than live on deaf.
    """

    async def on_error(error: Exception) -> None:
        refusal = _refusal(error)
        if refusal is None:
            logger.warning("nats error", error=error)
        else:
            logger.error("nats refuses this service", error=error)
            closed(refusal)

    async def on_disconnect() -> None:
        logger.warning("nats connection lost; reconnecting", nats=_hosts(settings.nats_url))

    async def on_reconnect() -> None:
        logger.info("nats connection is back")

    async def on_closed() -> None:
        logger.info("nats connection closed")
        closed(None)

    return {
        "servers": settings.nats_url.split(","),
        "name": f"storywire-{service}",
        "inbox_prefix": inbox_of(service).encode(),
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


def _refusal(error: Exception) -> NotAllowed | None:
    """What the server will not allow however often it is asked; None for everything else.

    An answer that may not be sent is no such thing: whoever asked had named somebody else's inbox.
    """
    said = str(error).lower()
    if "authorization violation" in said or "authorization failed" in said:
        return NotAllowed("NATS does not let this service in: user or password in NATS_URL is wrong, or missing")
    if "permissions violation" in said and f'publish to "{INBOX.lower()}' not in said:
        return NotAllowed(
            f"NATS does not let this service's user do its work ({said.removeprefix('nats: ')}): NATS_URL names the user "
            "of another service, or its permissions are not those that `storywire nats-users` prints"
        )
    return None


def _hosts(url: str) -> str:
    """Where `url` leads, without the user and the password in it."""
    return ",".join(each.rpartition("://")[2].rpartition("@")[2] for each in url.split(","))


def tls(settings: Settings) -> ssl.SSLContext | None:
    """How to speak TLS with NATS; None for a server that does not. Raises NotAllowed for files that cannot be used."""
    if not (settings.nats_tls_ca or settings.nats_tls_cert or settings.nats_url.startswith("tls://")):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.nats_tls_ca or None)
        if settings.nats_tls_cert:
            context.load_cert_chain(settings.nats_tls_cert, settings.nats_tls_key or None)
    except OSError as error:  # ssl's own errors are some of these
        raise NotAllowed(f"NATS_TLS_CA, NATS_TLS_CERT or NATS_TLS_KEY cannot be used: {error}") from error
    return context


async def close(client: Client) -> None:
    """Close the connection, whether NATS is there or not."""
    with suppress(OSError):  # nats-py tries to send what still waits to be sent, even to a server that has gone.
        await client.close()


async def round_trip(client: Client, patience: float = REQUEST_TIMEOUT) -> None:
    """Return when the server has seen all that was sent so far. Raises nats' errors, TimeoutError, OSError.

    Never `client.flush` itself: one that is given up or cancelled ends nats-py's reading when the pong comes after all,
    and the connection hears nothing for seconds. This one goes on alone for as long as a pong may come. As a task it also
    begins behind what waits to be sent, which nats-py's ping would overtake.
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
