"""What log and JetStream hold is compared position by position, and each difference is named where it is."""

import asyncio
from dataclasses import replace

import pytest

from contracts.streams import STORIES
from contracts.subjects import story_subject, write_subject
from services.common.connection import REQUEST_TIMEOUT
from services.common.stored import BATCH
from services.store.replay.progress import silent
from services.store.replay.settled import Settled, settled
from services.store.replay.verify import verify_stream
from tests import controls
from tests.integration.store.shelf import Shelf, eventually, story
from tests.servers import Server

EVENTS = 12


@pytest.fixture
async def kept(shelf: Shelf) -> Shelf:
    """Two stories, in the stream and in the log, at positions 1 to 12."""
    async with shelf.store():
        for events in (story(), story()):
            await shelf.write(events)
            await shelf.shows(events)

        async def acknowledged() -> bool:
            return (await settled(shelf.client)).position == EVENTS

        await eventually(acknowledged, "all to be acknowledged")
    return shelf


async def faults(shelf: Shelf, until: Settled | None = None) -> list[tuple[str, int | None]]:
    at_rest = until or await settled(shelf.client)
    return [(each.kind, each.position) async for each in verify_stream(shelf.db, shelf.client, at_rest, silent)]


async def test_where_they_agree_there_is_no_fault(kept: Shelf) -> None:
    assert await faults(kept) == []


async def test_each_difference_is_named_with_its_position(kept: Shelf) -> None:
    for position in (2, EVENTS):
        await kept.db["events"].delete_one({"position": position})
    for position, change in {5: {"payload": "{}"}, 7: {"id": "another"}, 9: {"kind": "processing.start"}}.items():
        await kept.db["events"].update_one({"position": position}, {"$set": change})
    await kept.client.jetstream().delete_msg(STORIES.name, 4)
    assert await faults(kept) == [
        ("not in the log", 2),
        ("not in the stream", 4),
        ("differs", 5),
        ("differs", 7),
        ("differs", 9),
        ("not in the log", EVENTS),
    ]


async def test_what_was_forgotten_erased_or_is_on_its_way_is_no_fault(kept: Shelf) -> None:
    js = kept.client.jetstream()
    at_rest = replace(await settled(kept.client), position=EVENTS - 1)
    await js.purge_stream(STORIES.name, seq=4)
    await kept.db["events"].update_one({"position": 6}, {"$set": {"payload": "", "erased": "0" * 64}})
    await js.delete_msg(STORIES.name, 6)
    await kept.db["events"].delete_one({"position": EVENTS})
    assert await faults(kept, at_rest) == []


def freeze(server: Server) -> None:
    """For longer than a service would wait for an answer."""
    server.pause()
    asyncio.get_running_loop().call_later(REQUEST_TIMEOUT + 1, server.resume)


async def test_a_server_that_is_busy_for_some_seconds_is_waited_for(shelf: Shelf, own_nats: Server) -> None:
    await shelf.declare()
    subject = write_subject(story_subject(controls.STORY, "processing.progress"))
    for _ in range(BATCH + 1):  # one more request than one
        await shelf.client.jetstream().publish(subject, b"{}", stream=STORIES.name)
    found = verify_stream(shelf.db, shelf.client, Settled("0", BATCH + 1), silent)
    first = await anext(found)
    freeze(own_nats)
    assert [each.position async for each in found] == [*range(2, BATCH + 2)]
    assert (first.kind, first.position) == ("not in the log", 1)


async def test_what_is_settled_is_waited_for_too(kept: Shelf, own_nats: Server) -> None:
    freeze(own_nats)
    assert (await settled(kept.client)).position == EVENTS
