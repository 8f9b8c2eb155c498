"""What a command over the log reaches: MongoDB, and NATS unless it was told to do without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from pymongo.errors import PyMongoError

from deploy.addresses import Unreachable, database_opened, nats_opened
from deploy.commands.bounds import NoBound
from deploy.failure import fail
from services.common.stored import Unreadable
from services.store.database import Database, sentence
from services.store.replay.archive import NoArchive
from services.store.replay.import_ import Contradiction
from services.store.replay.rebuild import NothingToRollBack, Overtaken
from services.store.replay.settled import EVERYTHING, Settled, settled

_KNOWN = (Unreachable, NoBound, NoArchive, Contradiction, NothingToRollBack, Overtaken, Unreadable)


@dataclass(frozen=True)
class Reached:
    """The log's database, and NATS with what is at rest in it."""

    db: Database
    client: Client | None
    settled: Settled


@asynccontextmanager
async def reached(*, offline: bool = False) -> AsyncIterator[Reached]:
    """Open both. Whatever goes wrong that a person can mend is said in one line, and ends the command with 1."""
    try:
        async with database_opened() as db:
            if offline:
                yield Reached(db, None, EVERYTHING)
                return
            async with nats_opened() as client:
                yield Reached(db, client, await settled(client))
    except Exception as error:  # noqa: BLE001 - those that are not ours are raised again
        _explain(error)


def _explain(error: Exception) -> NoReturn:
    if isinstance(error, _KNOWN):
        fail(str(error))
    if isinstance(error, NotFoundError):
        fail("there is no stream STORIES, or no store has followed it yet: start a store, or say --offline")
    if isinstance(error, NatsError | TimeoutError):
        fail(f"NATS does not answer ({error!r}): is it up, and NATS_URL right?")
    if isinstance(error, PyMongoError):
        fail(f"MongoDB does not answer ({sentence(error)}): is it up, and MONGODB_URL right?")
    raise error
