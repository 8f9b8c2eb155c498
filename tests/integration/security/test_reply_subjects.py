"""NATS does not check where an answer is to go: whoever may ask JetStream anything can have it sent to any subject."""

import json
from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.client import Client

from contracts.streams import STORIES
from contracts.subjects import inbox_of, story_subject, write_subject
from tests.integration.gateway.conftest import door, town
from tests.integration.gateway.town import Door, Town, eventually, finished_story, requested

__all__ = ("door", "town")


@pytest.fixture
async def mallory(town: Town) -> AsyncIterator[Client]:
    """A generator in strange hands."""
    client = await nats.connect(town.nats.url_of("generator"), inbox_prefix=inbox_of("generator"))
    yield client
    await client.close()


async def test_another_storys_event_is_not_passed_off_as_this_ones(town: Town, door: Door, mallory: Client) -> None:
    other, mine = finished_story(), requested()
    await town.write([mine])
    await town.write(other)
    question = json.dumps({"last_by_subj": story_subject(other[0].story_id, "processing.complete")}).encode()
    faked = story_subject(mine.story_id, "processing.complete")
    async with door.socket() as socket:
        await socket.join(mine.story_id)
        for reply in (faked, write_subject(faked)):
            await mallory.publish(f"$JS.API.DIRECT.GET.{STORIES.name}", question, reply=reply)
        await mallory.flush()
        assert (await door.ask("POST", f"/api/stories/{mine.story_id}/cancel")).status == 202
        await socket.until(mine.story_id, 2)
        assert [name for name, _ in socket.events] == ["story:requested", "story:cancel:requested"]


async def test_an_answer_that_lands_among_the_events_is_none(town: Town, door: Door, mallory: Client) -> None:
    mine = requested()
    await town.write([mine])
    before = await town.stories()
    async with door.socket() as socket:
        await socket.join(mine.story_id)
        reply = write_subject(story_subject(mine.story_id, "processing.complete"))
        await mallory.publish(f"$JS.API.STREAM.INFO.{STORIES.name}", b"", reply=reply)
        await mallory.flush()

        async def is_stored() -> bool:
            return await town.stories() == before + 1

        await eventually(is_stored, "it to be stored: the store makes a dead letter of it")
        assert (await door.ask("POST", f"/api/stories/{mine.story_id}/cancel")).status == 202
        await socket.until(mine.story_id, 2)
        assert [name for name, _ in socket.events] == ["story:requested", "story:cancel:requested"]
        assert (await door.get(f"/api/stories/{mine.story_id}")).json["status"] == "requested"
