"""Where NATS and MongoDB are for a command: what the environment names, or what `storywire up` runs. And the way in."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from nats.aio.client import Client
from pymongo.errors import PyMongoError

from contracts.permissions import OPERATOR
from deploy import mongo_roles
from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.mongo import MongoServer
from deploy.local.nats import NatsServer
from deploy.nats_client import NoAnswer, connect
from services.store import database
from services.store.database import Database, UnfitDatabase


class Unreachable(RuntimeError):
    """A server is not where it should be. The text says which, and which setting mends it."""


def nats_url(environment: Mapping[str, str], user: str = OPERATOR) -> str:
    """NATS_URL, or where a user reaches the NATS of `storywire up`. Raises Unreachable."""
    if url := environment.get("NATS_URL"):
        return url
    folder = _folder(environment)
    return NatsServer(folder / "nats", _port(folder, "nats", "NATS", "NATS_URL")).url(user)


def mongodb_url(environment: Mapping[str, str], user: str = mongo_roles.OPERATOR) -> str:
    """MONGODB_URL, or where a user reaches the MongoDB of `storywire up`. Raises Unreachable."""
    if url := environment.get("MONGODB_URL"):
        return url
    folder = _folder(environment)
    return MongoServer(folder / "mongo", _port(folder, "mongo", "MongoDB", "MONGODB_URL")).url(user)


def _folder(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("STORYWIRE_DATA") or ".storywire").expanduser()


def _port(folder: Path, process: str, name: str, setting: str) -> int:
    if (port := RunFile(DataFolder(folder)).port(process)) is None:
        raise Unreachable(
            f"no {name} is known: start `storywire up` ({folder} is its STORYWIRE_DATA), or set {setting}"
        )
    return port


@asynccontextmanager
async def nats_opened(complain: Callable[[str], object] = lambda _: None) -> AsyncIterator[Client]:
    """The NATS that the environment names. `complain` hears what it refuses later. Raises Unreachable."""
    try:
        client = await connect(nats_url(os.environ), complain)
    except NoAnswer as error:
        raise Unreachable(f"no NATS answers ({error}): is it up, and NATS_URL right?") from error
    try:
        yield client
    finally:
        with suppress(OSError):
            await client.close()


@asynccontextmanager
async def database_opened() -> AsyncIterator[Database]:
    """The store's database that the environment names. Raises Unreachable; the body may raise PyMongoError, and gets it back so."""
    try:
        client = database.connect(mongodb_url(os.environ))
        db = database.database(client, os.environ.get("STORYWIRE_DATABASE") or "storywire")
    except UnfitDatabase as error:
        raise Unreachable(str(error)) from error
    try:
        await database.check(db)
        yield db
    except UnfitDatabase as error:
        raise Unreachable(str(error)) from error
    except PyMongoError as error:
        raise Unreachable(
            f"MongoDB does not answer ({database.sentence(error)}): is it up, and MONGODB_URL right?"
        ) from error
    finally:
        await database.close(client)
