import asyncio

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts import subjects
from contracts.streams import STORIES
from services.common import topology
from services.common.clock import new_id
from services.common.stored import BATCH, Unreadable, first_after, last_position, read
from tests import controls
from tests.integration.common.conftest import connected
from tests.servers import Server


async def _publish(js: JetStreamContext, story: str, bodies: list[bytes]) -> list[int]:
    target = subjects.write_subject(subjects.story_subject(story, "processing.progress"))
    acks = [await js.publish(target, body, stream=STORIES.name, headers={"body": body.decode()}) for body in bodies]
    return [ack.seq for ack in acks]


async def _read(client: Client, story: str, start: int = 1) -> list[bytes]:
    stored = read(client, STORIES.name, subjects.story_events(story), start)
    return [message.body async for message in stored]


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 3])
async def test_however_many_there_are_they_are_read_once_and_in_order(
    client: Client, js: JetStreamContext, story: str, count: int
) -> None:
    bodies = [str(number).encode() for number in range(count)]
    await _publish(js, story, bodies)
    assert await _read(client, story) == bodies


async def test_stories_that_were_written_by_turns_are_read_apart(client: Client, js: JetStreamContext) -> None:
    one, other = new_id(), new_id()
    for number in range(5):
        await _publish(js, one, [f"one {number}".encode()])
        await _publish(js, other, [f"other {number}".encode()])
    assert await _read(client, one) == [f"one {number}".encode() for number in range(5)]
    assert await _read(client, other) == [f"other {number}".encode() for number in range(5)]


async def test_reading_begins_at_a_position(client: Client, js: JetStreamContext, story: str) -> None:
    positions = await _publish(js, story, [b"one", b"two", b"three"])
    assert await _read(client, story, start=positions[1]) == [b"two", b"three"]
    assert await _read(client, story, start=positions[2] + 1) == []


async def test_a_message_comes_with_its_subject_position_and_headers(
    client: Client, js: JetStreamContext, story: str
) -> None:
    (position,) = await _publish(js, story, [b"one"])
    (message,) = [each async for each in read(client, STORIES.name, subjects.story_events(story))]
    assert message.subject == subjects.story_subject(story, "processing.progress")
    assert message.position == position
    assert message.headers["body"] == "one"


async def test_large_messages_are_read_however_early_the_server_ends_a_batch(
    client: Client, js: JetStreamContext, story: str
) -> None:
    large = b"x" * 4_000_000
    target = subjects.write_subject(subjects.story_subject(story, "processing.complete"))
    for _ in range(20):  # More than the 64 MB that a server keeps for one client.
        await js.publish(target, large, stream=STORIES.name)
    assert [len(body) for body in await _read(client, story)] == [len(large)] * 20
    await js.purge_stream(STORIES.name, subject=subjects.story_events(story))


async def test_the_last_position_and_what_follows_a_position_are_known(js: JetStreamContext, story: str) -> None:
    subject = subjects.story_events(story)
    assert await last_position(js, STORIES.name, subject) == 0
    assert await first_after(js, STORIES.name, subject, 0) == (0, {})
    positions = await _publish(js, story, [b"one", b"two"])
    assert await last_position(js, STORIES.name, subject) == positions[1]
    found, headers = await first_after(js, STORIES.name, subject, positions[0])
    assert (found, headers["body"]) == (positions[1], "two")
    assert await first_after(js, STORIES.name, subject, positions[1]) == (0, {})


async def test_who_is_cancelled_while_messages_come_ends(client: Client, js: JetStreamContext, story: str) -> None:
    await _publish(js, story, [b"one", b"two", b"three", b"four", b"five"])
    for turns in range(120):  # of the loop, of which some are those in which a message comes
        reading = asyncio.create_task(_read(client, story))
        for _ in range(turns):
            await asyncio.sleep(0)
        cancelled = reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled() == cancelled, turns


async def test_a_stream_that_is_not_there_is_unreadable(client: Client) -> None:
    with pytest.raises(Unreadable, match="NOWHERE"):
        [message async for message in read(client, "NOWHERE", subjects.ALL_STORIES)]


async def test_a_server_that_falls_silent_is_unreadable(own_nats: Server) -> None:
    async with connected(own_nats.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        own_nats.pause()
        try:
            with pytest.raises(Unreadable, match="did not answer"):
                await asyncio.wait_for(_read(client, controls.STORY), timeout=60)
        finally:
            own_nats.resume()
