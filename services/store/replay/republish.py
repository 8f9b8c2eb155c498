"""Publishing the log again, for who wants to see it happen once more."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from nats.aio.client import Client

from contracts.streams import STORIES
from contracts.subjects import REPLAY, replay_subject, story_subject
from services.store.database import EVENTS, Database, Document
from services.store.log import logged
from services.store.replay import scan
from services.store.replay.progress import Tell
from services.store.replay.span import Point, Span

_MOST = 2_000  # events between two looks whether NATS still follows
Sleep = Callable[[float], Awaitable[None]]


async def republish(
    client: Client,
    db: Database,
    span: Span,
    tell: Tell,
    *,
    prefix: str = REPLAY,
    speed: float = 0,
    sleep: Sleep = asyncio.sleep,
) -> Point | None:
    """Publish the span's events on `<prefix>.story.<id>.<kind>`, in the order of the log, with the headers they had.

    `speed` is how many times faster than it happened; 0 is as fast as NATS takes it. An event carries its position as
    one does that JetStream republishes. Returns where it ended. Raises PyMongoError, nats' errors.
    """
    last: Point | None = None
    before: datetime | None = None
    async for batch in scan.batches(db[EVENTS].find(span.filter()).sort([("epoch", 1), ("position", 1)]), _MOST):
        for document in batch:
            if "erased" in document:
                continue
            if speed:
                happened = datetime.fromisoformat(document["time"])
                await sleep(max(0.0, (happened - (before or happened)).total_seconds()) / speed)
                before = happened
            await _publish(client, document, prefix)
        await client.flush(timeout=10)
        last = Point(batch[-1]["epoch"], batch[-1]["position"])
        tell(len(batch))
    return last


async def _publish(client: Client, document: Document, prefix: str) -> None:
    subject = story_subject(document["storyId"], document["kind"])
    place = {"Nats-Stream": STORIES.name, "Nats-Subject": subject, "Nats-Sequence": str(document["position"])}
    await client.publish(
        replay_subject(subject, prefix),
        document["payload"].encode(),
        headers=logged(document).envelope.headers() | place,
    )
