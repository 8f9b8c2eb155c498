"""MongoDB: how we connect, what it must promise, and where things are found in it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pymongo
from bson import encode
from pymongo import ASCENDING, AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    InvalidName,
    OperationFailure,
    PyMongoError,
    WriteError,
)
from pymongo.uri_parser import parse_uri

from services.common import complaint
from services.common.logging import Logger

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

EVENTS = "events"
STORIES = "stories"
CHECKPOINTS = "checkpoints"
PROJECTIONS = "projections"

# What a batch with a document that is not storable raises: bson before it is sent, or MongoDB.
UNSTORABLE = (OverflowError, ValueError, BulkWriteError)

_SURE = WriteConcern(w="majority", j=True, wtimeout=10_000)  # milliseconds
_PAUSE = 0.5  # seconds between looks at a MongoDB that is not there yet
_CLOSING = 1.0  # seconds for saying goodbye
_DOCUMENT_BYTES = 16 * 1024 * 1024
_SENTENCE = 500  # characters
_REFUSED_LOGIN = (13, 18)
DUPLICATE_KEY = 11_000
# What MongoDB may say of a single document though it means itself: not allowed, out of time, shutting down, stepping
# down, interrupted, no space on the disk.
_ITS_OWN_TROUBLES = {13, 18, 50, 91, 189, 262, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031}
_NOT_JOURNALED = 2  # BadValue: what a mongod without a journal answers to j=true


class UnfitDatabase(RuntimeError):
    """MongoDB cannot promise what the store promises, or does not let us in. Waiting would not mend it."""


def connect(url: str) -> Client:
    """A client; it connects when it is first used. Every call ends within finite time. Raises UnfitDatabase."""
    try:
        options = parse_uri(url, validate=False)["options"] if url.startswith("mongodb://") else {}
        if options.get("w", "majority") != "majority" or options.get("journal", True) is not True:
            raise UnfitDatabase(
                "MONGODB_URL weakens the writes: leave out w and journal; events need w=majority, j=true"
            )
        return AsyncMongoClient(
            url,
            appname="storywire-store",
            w="majority",
            journal=True,
            serverSelectionTimeoutMS=3_000,
            connectTimeoutMS=2_000,
            socketTimeoutMS=10_000,
        )
    except (ConfigurationError, ValueError, OSError) as error:  # OSError: a TLS file that cannot be read
        raise UnfitDatabase(f"MONGODB_URL cannot be used: {error}") from error


async def close(client: Client) -> None:
    """Hang up, whether MongoDB is there or not."""
    with pymongo.timeout(_CLOSING):
        await client.close()


def database(client: Client, name: str) -> Database:
    """The store's database, its writes acknowledged by a majority's journals, its reads from the primary."""
    try:
        return client.get_database(name, write_concern=_SURE, read_preference=ReadPreference.PRIMARY)
    except InvalidName as error:
        raise UnfitDatabase(f"STORYWIRE_DATABASE cannot be a database's name: {error}") from error


async def prepare(db: Database, logger: Logger, indexes: Callable[[Database], Awaitable[None]]) -> None:
    """Wait until MongoDB is there, check what it promises, create the log's and other indexes. Raises UnfitDatabase."""
    said = ""
    while True:
        try:
            await check(db)
            await _create_indexes(db)
            return await indexes(db)
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and error.code in _REFUSED_LOGIN:
                raise UnfitDatabase(f"MongoDB does not let us in (MONGODB_URL): {sentence(error)}") from error
            if said != sentence(error):
                said = sentence(error)
                logger.warning("waiting for MongoDB (MONGODB_URL)", error=said)
        await asyncio.sleep(_PAUSE)


async def check(db: Database) -> None:
    """Raises UnfitDatabase for a MongoDB where a majority means nothing, PyMongoError for one that is not there."""
    hello = await db.client.admin.command("hello")
    cluster = hello.get("setName") or hello.get("isreplicaset") or hello.get("msg") == "isdbgrid"
    if not cluster:
        raise UnfitDatabase(
            "MONGODB_URL names a MongoDB that is not a replica set, where no write is acknowledged by a majority; "
            "start mongod with --replSet and initiate it (one node will do), or name another one"
        )
    try:
        await db[CHECKPOINTS].delete_one({"_id": "none"})  # Writes nothing, yet waits for the majority's journals.
    except OperationFailure as error:
        if error.code != _NOT_JOURNALED:
            raise
        raise UnfitDatabase(
            f"MONGODB_URL names a MongoDB that keeps no journal (w=majority, j=true): {error}"
        ) from error


async def _create_indexes(db: Database) -> None:
    events = db[EVENTS]
    await events.create_index([("storyId", ASCENDING), ("sequence", ASCENDING)], name="story")
    await events.create_index([("epoch", ASCENDING), ("position", ASCENDING)], name="position", unique=True)


def storable(document: Document) -> bool:
    """Whether MongoDB can hold the document: one of 16 MiB at most, with no integers beyond 64 bits."""
    try:
        return len(encode(document)) <= _DOCUMENT_BYTES
    except (OverflowError, ValueError):
        return False


def is_away(error: Exception) -> bool:
    """Whether MongoDB could not do its work, rather than not with these documents: the same will work later."""
    if isinstance(error, BulkWriteError):
        failures = error.details.get("writeErrors", [])
        codes = {failure["code"] for failure in failures} - {DUPLICATE_KEY}
        return bool(codes & _ITS_OWN_TROUBLES) or not codes
    if isinstance(error, WriteError):
        return error.code in _ITS_OWN_TROUBLES
    return isinstance(error, PyMongoError)


def sentence(error: Exception) -> str:
    """What went wrong, without the documents that pymongo quotes."""
    if isinstance(error, BulkWriteError):
        found = (*error.details.get("writeErrors", ()), *error.details.get("writeConcernErrors", ()))
        return "; ".join(sorted({str(each.get("errmsg")) for each in found}))[:_SENTENCE]
    said = str(error).partition(", full error")[0] if isinstance(error, PyMongoError) else complaint.sentence(error)
    return said[:_SENTENCE]
