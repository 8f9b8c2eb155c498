"""A command's way into NATS: given up soon, with the reason, and over TLS where the settings say so."""

import asyncio
from collections.abc import Callable

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts.permissions import OPERATOR
from contracts.subjects import inbox_of
from services.common.connection import NotAllowed, tls
from services.common.settings import Settings

PATIENCE = 5.0
"""Seconds to wait for an answer."""


class NoAnswer(RuntimeError):
    """Nobody lets us in there. The text is the reason; the address is not repeated, for it may hold a password."""


async def connect(url: str, complain: Callable[[str], object] = lambda _: None) -> Client:
    """The NATS at `url`, by the NATS_TLS_ settings of the environment. `complain` hears what it refuses later. Raises NoAnswer."""
    reasons = [f"no answer within {PATIENCE:g} s"]

    async def note(error: Exception) -> None:
        reasons.append(str(error))
        complain(str(error))

    try:
        async with asyncio.timeout(PATIENCE):
            return await nats.connect(
                url.split(","),
                tls=tls(Settings(nats_url=url)),
                connect_timeout=1,
                reconnect_time_wait=0.2,
                error_cb=note,
                inbox_prefix=inbox_of(OPERATOR),
            )
    except (OSError, ValueError, TimeoutError, NatsError, NotAllowed) as error:
        raise NoAnswer(str(error) or next(filter(None, reversed(reasons)))) from error
