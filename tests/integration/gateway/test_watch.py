"""A watch that may have missed something tells nothing more until it knows what."""

import asyncio

import nats
from nats.aio.client import Client

from services.common.clock import new_id
from services.gateway.raw_json import RawJson
from services.gateway.stories import Reading
from services.gateway.viewer import Viewer
from services.gateway.watch import Watch
from tests.integration.gateway.town import Town, eventually, long_story


async def test_what_was_dropped_is_read_again_and_what_was_held_follows(town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 9)
    seen: list[str] = []
    reading = asyncio.Event()

    async def deliver(_sid: str, _name: str, body: RawJson, *, patient: bool = False) -> None:
        seen.append(body.text)

    async def read(story_id: str) -> Reading:
        head, recorded = await town.history.whole(story_id)
        await reading.wait()
        return Reading(head.state, recorded, head.position)

    async def all_seen() -> bool:
        return len(seen) == len(events)

    client = await nats.connect(town.nats.url)
    watch, viewer = Watch(story_id, client, read), Viewer("sid", deliver)
    watch.admit(viewer)
    await watch.listening()
    await viewer.begin(Reading(None, [], 0), 0)
    head = await town.write(events[:3])
    await town_settled(client, watch)
    watch.lost()
    head = await town.write(events[3:5], head)
    await town_settled(client, watch)
    assert seen == [event.body().decode() for event in events[:3]]
    watch.back()
    await asyncio.sleep(0)  # the reading has begun
    await town.write(events[5:], head)
    reading.set()
    await eventually(all_seen, "everything to be told")
    assert seen == [event.body().decode() for event in events]
    assert watch.dismiss(viewer)
    await watch.close()
    await client.close()


async def town_settled(client: Client, watch: Watch) -> None:
    """Everything that NATS had to tell this client has been heard."""
    await client.flush()
    assert watch._events is not None
    await watch._events._pending_queue.join()
