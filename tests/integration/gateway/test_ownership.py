"""A story is its owner's. To everybody else it is like one that does not exist: nobody can tell which."""

import asyncio
from typing import Any

import pytest

from services.common.clock import new_id
from tests import controls
from tests.integration.gateway.town import Door, Town, finished_story, requested

ASKED = [
    ("GET", ""),
    ("GET", "/events"),
    ("GET", "/download"),
    ("POST", "/cancel"),
    ("POST", "/retry"),
    ("POST", "/retry?force=true"),
]
COMMANDS = ["story:join", "story:cancel", "story:retry"]


@pytest.mark.parametrize(("method", "path"), ASKED)
async def test_over_http_somebody_elses_story_is_one_that_does_not_exist(
    method: str, path: str, stored_door: Door, town: Town
) -> None:
    events = finished_story()
    await town.write(events)
    theirs, none = events[0].story_id, new_id()
    async with stored_door.of("somebody else") as stranger:
        one, other = await asyncio.gather(
            *(stranger.ask(method, f"/api/stories/{story_id}{path}") for story_id in (theirs, none))
        )
    assert (one.status, one.error["code"]) == (404, "story_not_found")
    assert one.body.replace(theirs.encode(), b"") == other.body.replace(none.encode(), b"")
    kept = ("Date", "Content-Length")
    assert [(name, value) for name, value in one.headers.items() if name not in kept] == [
        (name, value) for name, value in other.headers.items() if name not in kept
    ]
    assert (await town.stories()) == len(events)


@pytest.mark.parametrize("command", COMMANDS)
async def test_over_a_socket_somebody_elses_story_is_one_that_does_not_exist(
    command: str, stored_door: Door, town: Town
) -> None:
    event = requested()
    head = await town.write([event])
    theirs, none = event.story_id, new_id()
    async with stored_door.of("somebody else") as stranger, stranger.socket() as socket:
        one, other = [await socket.call(command, {"storyId": story_id}) for story_id in (theirs, none)]
        await town.write([controls.start(2, story_id=theirs)], head)
        assert one["error"]["code"] == "story_not_found"
        assert str(one).replace(theirs, "") == str(other).replace(none, "")
        assert socket.events == []
    assert await stored_door.metric("watched_stories") == 0
    assert await town.stories() == 2


async def test_a_list_has_the_askers_stories_alone(stored_door: Door, town: Town) -> None:
    mine, theirs = requested(), requested(owner="somebody else")
    await town.write([mine])
    await town.write([theirs])

    async def listed(door: Door) -> list[Any]:
        while not (stories := (await door.get("/api/stories")).json["stories"]):
            await asyncio.sleep(0.01)
        return [story["storyId"] for story in stories]

    async with stored_door.of("somebody else") as other:
        assert await listed(stored_door) == [mine.story_id]
        assert await listed(other) == [theirs.story_id]


async def test_the_same_idempotency_key_of_two_users_is_two_stories(stored_door: Door) -> None:
    async with stored_door.of("somebody else") as other:
        mine, theirs = await stored_door.post(key="k"), await other.post(key="k")
    assert (mine.status, theirs.status) == (202, 202)
    assert mine.json["storyId"] != theirs.json["storyId"]


async def test_nor_can_they_tell_while_the_store_is_away(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    theirs, none = events[0].story_id, new_id()
    async with door.of("somebody else") as stranger, stranger.socket() as socket:
        one, other = [await stranger.get(f"/api/stories/{story_id}") for story_id in (theirs, none)]
        assert (one.status, one.body) == (503, other.body)
        heard, unheard = [await socket.join(story_id) for story_id in (theirs, none)]
        assert heard == unheard
    assert (await door.get(f"/api/stories/{theirs}")).status == 200
