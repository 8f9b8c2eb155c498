"""A NATS or a MongoDB of the user's own, in place of the embedded one."""

import asyncio
from typing import Any

import nats
from nats.errors import Error as NatsError
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, PyMongoError

from deploy.local.program import SetupError

PATIENCE = 5.0
"""Seconds to wait for an answer."""


async def check_nats(url: str) -> None:
    """Return when JetStream answers at NATS_URL. The address is not repeated to the user: it may hold a password."""
    reasons = [f"no answer within {PATIENCE:g} s"]

    async def note(error: Exception) -> None:
        reasons.append(str(error))

    try:
        async with asyncio.timeout(PATIENCE):
            client = await nats.connect(url.split(","), reconnect_time_wait=0.2, connect_timeout=1, error_cb=note)
            try:
                await client.jetstream().account_info()
            finally:
                await client.close()
    except (OSError, ValueError, TimeoutError, NatsError) as error:
        reason = str(error) or next(filter(None, reversed(reasons)))
        raise SetupError(
            f"no NATS server with JetStream answers at NATS_URL ({reason}): {_mend('NATS_URL')}"
        ) from error


def _mend(setting: str) -> str:
    return f"correct or start it, or unset {setting} to use the embedded one"


def check_mongodb(url: str) -> None:
    """Return when a MongoDB answers at MONGODB_URL."""
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=int(PATIENCE * 1000)) as client:
            client.admin.command("ping")
    except (ConfigurationError, ValueError) as error:
        raise SetupError(f"MONGODB_URL is not a MongoDB address ({error}): {_mend('MONGODB_URL')}") from error
    except PyMongoError as error:
        reason = str(error).split(" (configured timeouts", maxsplit=1)[0]
        raise SetupError(f"no MongoDB answers at MONGODB_URL ({reason}): {_mend('MONGODB_URL')}") from error
