"""What happened while nobody could hear of it is read when the connection is back."""

import asyncio

import nats

from contracts.streams import STORIES
from contracts.subjects import ALL_STORIES, story_subject, write_subject
from services.common import topology
from services.common.clock import new_id
from services.common.following import following
from tests import controls
from tests.integration.common.conftest import connected
from tests.servers import Server

SUBJECT = write_subject(story_subject(controls.STORY, "processing.progress"))


async def write(server: Server, body: bytes) -> None:
    async with connected(server.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        await client.jetstream().publish(SUBJECT, body, stream=STORIES.name)


async def test_what_was_written_while_the_connection_was_away_needs_nothing_newer_to_be_read(own_nats: Server) -> None:
    lost = asyncio.Event()

    async def note(_: Exception) -> None:
        lost.set()

    await write(own_nats, b"one")
    client = await nats.connect(own_nats.url, error_cb=note, reconnect_time_wait=2, max_reconnect_attempts=-1)
    events = following(client, ALL_STORIES, 1)
    assert (await anext(events)).body == b"one"
    coming = asyncio.ensure_future(anext(events))
    own_nats.stop()
    await asyncio.wait_for(lost.wait(), 30)  # for some two seconds now it does not try to come back
    own_nats.start()
    await write(own_nats, b"two")
    assert (await asyncio.wait_for(coming, 30)).body == b"two"
    await client.close()
