"""`storywire replay --live`: gateways hear the log again, and tell nobody anything twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.aio.msg import Msg

from contracts.story import fold
from contracts.streams import STORIES
from contracts.subjects import ALL_STORIES
from services.common.history import Head
from tests import controls
from tests.integration.deploy.storywire import storywire
from tests.integration.gateway.town import Door, Socket, finished_story, opened
from tests.integration.store.shelf import Shelf, story
from tests.servers import Server
from tests.tokens import USER

LIVE = "replay", "--live", "--yes"


@pytest.fixture
async def door(shelf: Shelf, own_nats: Server) -> AsyncIterator[Door]:
    """A gateway at work."""
    async with opened(nats_url=own_nats.url_of("gateway")) as door:
        await door.until_ready()
        yield door


@pytest.fixture
async def heard(shelf: Shelf) -> list[Msg]:
    """What is said where gateways listen, from now on."""
    heard: list[Msg] = []

    async def hear(message: Msg) -> None:
        heard.append(message)

    await shelf.client.subscribe(ALL_STORIES, cb=hear)
    await shelf.client.flush()
    return heard


async def joined(socket: Socket, story_id: str, sequence: int) -> None:
    await socket.join(story_id)
    await socket.until(story_id, sequence)


async def until(heard: list[Msg], count: int) -> None:
    async with asyncio.timeout(30):
        while len(heard) < count:
            await asyncio.sleep(0.01)


async def test_clients_are_told_only_what_is_new_and_that_at_once(
    shelf: Shelf, door: Door, heard: list[Msg], environment: dict[str, str]
) -> None:
    events = finished_story()
    story_id = events[0].story_id
    head = await shelf.write(events[:-1])
    await shelf.shows(events[:-1])
    async with door.socket() as socket, door.socket() as late:
        await joined(socket, story_id, 5)
        replaying = asyncio.create_task(storywire(environment, *LIVE, "--speed", "10x"))
        await until(heard, 5 + 2)
        await joined(late, story_id, 5)  # in the middle of it
        said = await replaying
        assert (said.code, said.out.startswith("5 events published, ")) == (0, True), said
        await until(heard, 5 + 5)
        await shelf.guard.append(head, events[-1])
        for each in (socket, late):
            await each.until(story_id, 6)
            assert each.sequences(story_id) == [1, 2, 3, 4, 5, 6]


async def test_what_an_earlier_stream_held_is_not_taken_for_news(
    shelf: Shelf, door: Door, heard: list[Msg], environment: dict[str, str]
) -> None:
    await shelf.write(story())  # so that positions of then are higher than those of now
    old = controls.failed_story(story_id=story()[0].story_id, owner=USER)
    await shelf.write(old)
    await shelf.shows(old)
    await shelf.client.jetstream().delete_stream(STORIES.name)
    head = Head(old[0].story_id, fold(old), envelope=controls.envelope(old[-1]))
    retry = controls.retry_requested(4, story_id=head.story_id)
    head = await shelf.guard.append(head, retry)
    await shelf.shows([*old, retry])
    heard.clear()
    async with door.socket() as socket:
        await joined(socket, old[0].story_id, 4)
        said = await storywire(environment, *LIVE)
        assert (said.code, said.out.startswith("1 events published, ")) == (0, True), said
        await shelf.guard.append(head, controls.start(5, story_id=old[0].story_id, attempt=2))
        await socket.until(old[0].story_id, 5)
        assert socket.sequences(old[0].story_id) == [1, 2, 3, 4, 5]
    await until(heard, 2)
    assert [message.subject.rpartition(".")[2] for message in heard] == ["requested", "start"]  # again, and anew
