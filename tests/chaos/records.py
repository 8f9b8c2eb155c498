"""What is written, read with no code of the services: the stream as JetStream holds it, log and projection as MongoDB does."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from pymongo import AsyncMongoClient

from contracts.events import Deleted
from contracts.streams import LIVE, STORIES

DELETED = Deleted.kind
_FETCH = 500
_TIMEOUT = 10.0


@dataclass(frozen=True)
class Record:
    """One event as it is stored."""

    story: str
    sequence: int
    kind: str
    id: str
    position: int
    payload: str
    erased: str = ""
    """SHA-256 of what the payload was, where that has been taken away."""

    @property
    def fields(self) -> dict[str, Any]:
        """What the payload says."""
        fields: dict[str, Any] = json.loads(self.payload)
        return fields


Records = dict[str, list[Record]]
"""By story; a story's events in the order of their positions."""
Documents = dict[str, dict[str, Any]]


async def stream_records(client: Client) -> Records:
    """Everything that JetStream holds of stories."""
    js = client.jetstream(timeout=_TIMEOUT)
    last = (await js.stream_info(STORIES.name)).state.last_seq
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True)
    reading = await js.pull_subscribe("", stream=STORIES.name, config=config)
    found, position = [], 0
    while position < last:
        for message in await reading.fetch(_FETCH, timeout=_TIMEOUT):
            position = message.metadata.sequence.stream
            _, story, kind = message.subject.split(".", 2)
            body = message.data.decode()
            id_ = (message.headers or {}).get("ce-id", "")
            found.append(Record(story, json.loads(body)["sequence"], kind, id_, position, body))
    await reading.unsubscribe()
    return _by_story(found)


async def live_stories(client: Client) -> set[str]:
    """Of which stories JetStream holds live text."""
    info = await client.jetstream(timeout=_TIMEOUT).stream_info(LIVE.name, subjects_filter=">")
    return {subject.split(".")[1] for subject in info.state.subjects or {}}


async def log_records(mongodb_url: str, database: str = "storywire") -> Records:
    """Everything in the collection `events`."""
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as mongo:
        return _by_story([_record(document) async for document in mongo[database]["events"].find()])


async def projections(mongodb_url: str, database: str = "storywire") -> Documents:
    """Everything in the collection `stories`, by story."""
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as mongo:
        return {document["_id"]: document async for document in mongo[database]["stories"].find()}


async def drop_projections(mongodb_url: str, database: str = "storywire") -> None:
    """Throw away everything that can be folded again."""
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as mongo:
        await mongo[database].drop_collection("stories")
        await mongo[database].drop_collection("checkpoints")


def _record(document: dict[str, Any]) -> Record:
    return Record(
        document["storyId"],
        document["sequence"],
        document["kind"],
        document["id"],
        document["position"],
        document["payload"],
        document.get("erased") or "",
    )


def _by_story(found: list[Record]) -> Records:
    records: Records = defaultdict(list)
    for record in sorted(found, key=lambda record: record.position):
        records[record.story].append(record)
    return dict(records)
