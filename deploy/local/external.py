"""A NATS or a MongoDB of the user's own, in place of the embedded one."""

from typing import Any

from nats.errors import Error as NatsError
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, PyMongoError

from deploy.local.program import SetupError
from deploy.nats_client import PATIENCE, NoAnswer, connect


async def check_nats(url: str) -> None:
    """Return when JetStream answers at NATS_URL. The address is not repeated to the user: it may hold a password."""
    try:
        client = await connect(url)
        try:
            await client.jetstream(timeout=PATIENCE).account_info()
        finally:
            await client.close()
    except (NoAnswer, OSError, TimeoutError, NatsError) as error:
        raise SetupError(
            f"no NATS server with JetStream answers at NATS_URL ({str(error) or 'it says nothing'}): {_mend('NATS_URL')}"
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
