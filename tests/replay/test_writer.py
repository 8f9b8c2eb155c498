"""The writer writes as other writers do, and says truly how much."""

import asyncio

import pytest
from nats.aio.client import Client
from nats.js.errors import BadRequestError

from contracts.streams import STORIES
from contracts.subjects import ALL_STORIES, story_subject, write_subject
from services.common.decoded import decoded
from services.common.stored import read
from tests.replay.writer import Writer, written
from tests.replay.writing import writing
from tests.servers import Server

FIRST, _ = next(written(1_000))


async def test_every_story_is_written_without_a_gap_and_all_of_it_is_counted(client: Client, own_nats: Server) -> None:
    async with writing({"NATS_URL": own_nats.url}, 2_000) as writer:
        while writer.stand.written < 300:
            await asyncio.sleep(0.02)
    last: dict[str, int] = {}
    written = 0
    async for message in read(client, STORIES.name, ALL_STORIES):
        _, event = decoded(message.subject, message.headers, message.body)
        assert event.sequence == last.get(event.story_id, 0) + 1
        last[event.story_id] = event.sequence
        written += 1
    assert written == writer.stand.written
    assert set(writer.stories) <= set(last)


async def test_an_event_that_follows_another_than_its_writer_knows_is_refused(client: Client) -> None:
    js = client.jetstream()
    await js.publish(write_subject(story_subject(FIRST.story_id, "requested")), b"somebody else's")
    with pytest.raises(ExceptionGroup) as refused:
        await Writer(js, 1_000).run(asyncio.Event(), 1_000)
    assert refused.group_contains(BadRequestError, match="wrong last sequence")
