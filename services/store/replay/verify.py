"""Is the log whole and true, and is everything else what it makes it? Reads everything, changes nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from nats.aio.client import Client

from contracts.streams import STORIES
from contracts.subjects import ALL_STORIES, story_subject
from services.common.stored import StoredMessage, read
from services.store.database import EVENTS, Collection, Database, Document
from services.store.places import Places
from services.store.projections.projection import Projection
from services.store.projections.registry import PROJECTIONS
from services.store.replay import scan
from services.store.replay.faults import Fault
from services.store.replay.progress import Tell
from services.store.replay.settled import PATIENCE, Settled
from services.store.replay.story_checks import Story

Faults = AsyncIterator[Fault]


async def verify_log(
    db: Database, settled: Settled, tell: Tell, projections: Sequence[Projection[Any]] = PROJECTIONS
) -> Faults:
    """Walk the log story by story. `settled` has to be known before the walk begins. Raises PyMongoError."""
    places = Places(db)
    read = [(projection, await places.current(projection)) for projection in projections]
    async for stories in scan.stories(db[EVENTS], fields=None):
        found = [await _documents(collection, stories) for _, collection in read]
        for id_, documents in stories.items():
            ahead = any(id_ in each and each[id_]["sequence"] > documents[-1]["sequence"] for each in found)
            story = Story(await _again(db, id_) if ahead else documents, settled)
            for fault in story.faults():
                yield fault
            for (projection, _), projected in zip(read, found, strict=True):
                for fault in story.projected(projection, projected.get(story.id)):
                    yield fault
        tell(sum(map(len, stories.values())))
    for projection, collection in read:
        async for fault in _orphans(db, projection, collection):
            yield fault


async def _documents(collection: Collection, stories: scan.Stories) -> Mapping[str, Document]:
    return {document["_id"]: document async for document in collection.find({"_id": {"$in": list(stories)}})}


async def _again(db: Database, story: str) -> list[Document]:
    """A story that went on after its log had been read, and before its projections were."""
    return await db[EVENTS].find({"storyId": story}).sort("sequence").to_list()


async def _orphans(db: Database, projection: Projection[Any], collection: Collection) -> Faults:
    """Stories of a projection without any event."""
    async for batch in scan.batches(collection.find({}, {"_id": 1})):
        ids = [document["_id"] for document in batch]
        found = db[EVENTS].find({"_id": {"$in": [f"{story}:1" for story in ids]}}, {"storyId": 1})
        logged = {document["storyId"] async for document in found}
        for story in ids:
            if story not in logged and await db[EVENTS].find_one({"storyId": story}) is None:
                yield Fault("orphan", f"{projection.name} has a story without events", story)


async def verify_stream(db: Database, client: Client, settled: Settled, tell: Tell) -> Faults:
    """Compare the log with what JetStream holds of this epoch. Raises PyMongoError, Unreadable."""
    if settled.epoch is None:
        return
    first = (await client.jetstream(timeout=PATIENCE).stream_info(STORIES.name)).state.first_seq
    messages = read(client, STORIES.name, ALL_STORIES, patience=PATIENCE)
    message = await anext(messages, None)
    within = {"epoch": settled.epoch, "position": {"$gte": first, "$lte": settled.position}}
    async for batch in scan.batches(db[EVENTS].find(within).sort([("epoch", 1), ("position", 1)])):
        for document in batch:
            while message is not None and message.position < document["position"]:
                yield _unlogged(message, settled)
                message = await anext(messages, None)
            if message is None or message.position > document["position"]:
                if "erased" not in document:
                    yield Fault.at(document, "not in the stream", "JetStream has nothing at this position")
                continue
            if (difference := _differ(document, message)) is not None:
                yield Fault.at(document, "differs", f"JetStream holds another {difference}")
            message = await anext(messages, None)
        tell(len(batch))
    while message is not None and message.position <= settled.position:
        yield _unlogged(message, settled)
        message = await anext(messages, None)


def _unlogged(message: StoredMessage, settled: Settled) -> Fault:
    detail = f"{message.subject}: a dead letter may say why (`storywire dead-letters list`)"
    return Fault("not in the log", detail, epoch=settled.epoch, position=message.position)


def _differ(document: Document, message: StoredMessage) -> str | None:
    """What of an event the two do not agree on."""
    held = {
        "subject": story_subject(document["storyId"], document["kind"]) == message.subject,
        "id": document["id"] == message.headers.get("ce-id"),
        "body": document["payload"].encode() == message.body,
    }
    return next((name for name, same in held.items() if not same), None)
