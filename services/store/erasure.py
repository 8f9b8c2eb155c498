"""What becomes of a deleted story: all that it held is taken away, everywhere; of its events tombstones are left."""

import hashlib
from collections.abc import Awaitable, Callable

from nats.aio.client import Client as NatsClient
from pydantic_core import from_json
from pymongo import UpdateOne

from contracts.events import Deleted
from contracts.story import Gone
from contracts.streams import DEAD_LETTERS, LIVE, STORIES
from contracts.subjects import dead_subject, story_events, story_live
from services.common.connection import REQUEST_TIMEOUT
from services.common.decoded import Undecodable
from services.common.logging import Logger
from services.common.stored import read
from services.common.uploads import description_of, throw_away
from services.store import entry
from services.store.database import EVENTS, Database, Document
from services.store.entry import Entry, key
from services.store.log import EventLog
from services.store.places import collections_of
from services.store.projections.registry import PROJECTIONS

Step = Callable[[Entry], Awaitable[None]]


class Erasure:
    """Takes a story away in steps, each of which may be done again. `eraser` is the one way to change the log."""

    def __init__(self, db: Database, eraser: Database, client: NatsClient, logger: Logger) -> None:
        self._db = db
        self._eraser = eraser
        self._client = client
        self._js = client.jetstream(timeout=REQUEST_TIMEOUT)
        self._logger = logger

    @property
    def steps(self) -> tuple[Step, ...]:
        """All there is to do once the deletion stands in the log and in the projections.

        Of the log itself content goes last: it says what else there is to find, should this be interrupted.
        """
        return (
            self._complete_the_log,
            self._throw_away_the_upload,
            self._purge_live_text,
            self._purge_dead_letters,
            self._clear_read_models,
            self._purge_messages,
            self._bury_events,
        )

    async def erase(self, deletion: Entry) -> None:
        """Leave nothing of the story but its last event, and a tombstone for each before it.

        Raises PyMongoError, nats' errors, TimeoutError, Unreadable: erase the same again.
        """
        for step in self.steps:
            await step(deletion)
        self._logger.info("a story was erased", story_id=deletion.story_id, correlation=deletion.envelope.correlation)

    async def _complete_the_log(self, deletion: Entry) -> None:
        """Let the log have every event of the story, so that a store which is late with one finds its place taken."""
        missing = []
        async for message in read(self._client, STORIES.name, story_events(deletion.story_id)):
            try:
                found = entry.read(message.subject, message.headers, message.body, message.position, deletion.epoch)
            except Undecodable:
                continue
            missing.append(found)
        if missing:
            await EventLog(self._db).append(missing)

    async def _throw_away_the_upload(self, deletion: Entry) -> None:
        first = await self._db[EVENTS].find_one({"_id": key(deletion.story_id, 1)}, {"payload": 1})
        if first is not None and first["payload"]:
            await throw_away(self._client, description_of(from_json(first["payload"])["file"]["object"]))

    async def _purge_live_text(self, deletion: Entry) -> None:
        await self._js.purge_stream(LIVE.name, subject=story_live(deletion.story_id))

    async def _purge_dead_letters(self, deletion: Entry) -> None:
        """A letter has a copy of what it stands for. Which are the story's, their subjects' positions say."""
        if not (await self._js.stream_info(DEAD_LETTERS.name)).state.messages:
            return
        places = {(deletion.epoch, deletion.position)}
        async for document in self._db[EVENTS].find({"storyId": deletion.story_id}, {"epoch": 1, "position": 1}):
            places.add((document["epoch"], document["position"]))
        async for message in read(self._client, STORIES.name, story_events(deletion.story_id)):
            places.add((deletion.epoch, message.position))
        for epoch, position in places:
            await self._js.purge_stream(DEAD_LETTERS.name, subject=dead_subject("*", epoch, position))

    async def _clear_read_models(self, deletion: Entry) -> None:
        """Those that are kept to go back to, too; those that are written have been told already."""
        gone = Gone(story_id=deletion.story_id, sequence=deletion.said.sequence)
        for projection in PROJECTIONS:
            for name in collections_of(projection.name):
                older = {"_id": deletion.story_id, "sequence": {"$lt": gone.sequence}}
                await self._db[name].replace_one(older, projection.document(gone))

    async def _purge_messages(self, deletion: Entry) -> None:
        """All before the deletion: it stays, so that nobody ever writes to the story again."""
        await self._js.purge_stream(STORIES.name, seq=deletion.position, subject=story_events(deletion.story_id))

    async def _bury_events(self, deletion: Entry) -> None:
        content = {"storyId": deletion.story_id, "kind": {"$ne": Deleted.kind}, "payload": {"$ne": ""}}
        tombstones = [_buried(document) async for document in self._db[EVENTS].find(content, {"payload": 1})]
        if tombstones:
            await self._eraser[EVENTS].bulk_write(tombstones, ordered=False)


def _buried(document: Document) -> UpdateOne:
    digest = hashlib.sha256(document["payload"].encode()).hexdigest()
    return UpdateOne({"_id": document["_id"]}, {"$set": {"payload": "", "erased": digest}})
