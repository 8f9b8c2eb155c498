"""An owner deletes a story, as owners, strangers and watchers see it."""

import asyncio

from contracts.events import CancelRequested
from contracts.streams import LIVE, STORIES
from contracts.subjects import story_events, story_live
from services.common.clock import new_id
from services.common.history import Head
from services.common.stored import read
from tests import controls, tokens
from tests.integration.gateway.test_live_text import running, say
from tests.integration.gateway.town import Door, Town, eventually, finished_story, requested
from tests.integration.gateway.wire import Wire
from tests.tokens import USER


async def test_its_owner_deletes_a_story_and_may_ask_again(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    path = f"/api/stories/{events[0].story_id}"
    for _ in range(2):
        assert (await door.ask("DELETE", path)).status == 204
    head = await town.history.head(events[0].story_id)
    assert (head.deleted, head.state) == (True, None)
    assert [recorded.event.kind for recorded in await town.history.events(events[0].story_id)][-1] == "deleted"


async def test_from_then_on_it_is_a_story_that_does_not_exist(stored_door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    gone, never = events[0].story_id, new_id()
    await stored_door.ask("DELETE", f"/api/stories/{gone}")
    for method, rest in [
        *(("GET", rest) for rest in ("", "/events", "/download", "?at=1")),
        *(("POST", rest) for rest in ("/cancel", "/retry", "/retry?force=true", "/share")),
    ]:
        found, unknown = [await stored_door.ask(method, f"/api/stories/{each}{rest}") for each in (gone, never)]
        assert (found.status, unknown.status) == (404, 404)
        assert found.body.replace(gone.encode(), b"ID") == unknown.body.replace(never.encode(), b"ID")
    async with stored_door.socket() as socket:
        assert (await socket.join(gone))["error"]["code"] == "story_not_found"
        assert (await socket.call("story:cancel", {"storyId": gone}))["error"]["code"] == "story_not_found"


async def test_who_asks_several_times_at_once_is_told_each_time_that_it_goes(door: Door, town: Town) -> None:
    for _ in range(10):
        events = finished_story()
        await town.write(events)
        path = f"/api/stories/{events[0].story_id}"

        async def ask(after: float, path: str = path) -> int:
            await asyncio.sleep(after)
            return (await door.ask("DELETE", path)).status

        assert set(await asyncio.gather(*(ask(number * 0.001) for number in range(30)))) == {204}


async def test_nobody_else_deletes_it_and_nobody_else_learns_that_it_was_deleted(stored_door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    path = f"/api/stories/{events[0].story_id}"
    async with Door(stored_door.url, tokens.token("stranger")) as stranger:
        assert (await stranger.ask("DELETE", path)).error["code"] == "story_not_found"
        assert (await stranger.ask("DELETE", f"/api/stories/{new_id()}")).error["code"] == "story_not_found"
        assert (await stored_door.get(path)).status == 200
        await stored_door.ask("DELETE", path)
        assert (await stranger.ask("DELETE", path)).error["code"] == "story_not_found"


async def test_whoever_watches_is_told_once_and_last(door: Door, town: Town) -> None:
    events = finished_story()
    story_id = events[0].story_id
    await town.write(events)
    async with door.socket() as socket:
        await socket.join(story_id)
        await door.ask("DELETE", f"/api/stories/{story_id}")
        await socket.until(story_id, 7)
        name, data = socket.events[-1]
        assert (name, data["sequence"]) == ("story:deleted", 7)
        town.nats.restart()  # what was missed is read again
        await door.until_ready()
        other = requested()
        await town.write([other])
        await socket.join(other.story_id)
        await socket.until(other.story_id, 1)
        assert socket.sequences(story_id) == list(range(1, 8))


async def test_a_request_with_the_key_of_a_deleted_story_is_refused(stored_door: Door, town: Town) -> None:
    story_id = (await stored_door.post(key="once")).json["storyId"]
    await stored_door.ask("DELETE", f"/api/stories/{story_id}")
    again = await stored_door.post(key="once")
    assert (again.status, again.error["code"]) == (409, "story_deleted")


async def test_a_deletion_and_a_cancel_at_once_leave_a_deleted_story(door: Door, town: Town) -> None:
    event = requested()
    head = await town.write([event])
    cancel = CancelRequested(story_id=event.story_id, sequence=2, timestamp=event.timestamp)
    await town.write([cancel], head)
    assert (await door.ask("DELETE", f"/api/stories/{event.story_id}")).status == 204
    assert (await door.ask("POST", f"/api/stories/{event.story_id}/cancel")).status == 404


async def take_away(town: Town, story_id: str, head: Head) -> None:
    """Delete a story; return when the store has erased it."""
    await town.write([controls.deleted(head.next_sequence, story_id=story_id, owner=USER)], head)

    async def erased() -> bool:
        held = [message async for message in read(town.client, STORIES.name, story_events(story_id))]
        pieces = [message async for message in read(town.client, LIVE.name, story_live(story_id))]
        return len(held) == 1 and not pieces

    await eventually(erased, "the store to erase it")


async def test_who_missed_a_deletion_is_told_of_it_and_of_nothing_that_came_after_what_was_missed(
    town: Town, mongodb_url: str
) -> None:
    story_id, head = await running(town)
    await say(town, story_id, 0, "a")
    async with (
        town.store(mongodb_url),
        Wire(town.nats.url_of("gateway")).laid() as wire,
        town.gateway(nats_url=wire.url) as door,
        door.socket() as socket,
    ):
        assert (await socket.join(story_id))["live"]["text"] == "a"
        await socket.until(story_id, 4)
        wire.cut()
        await say(town, story_id, 1, "b")
        head = await town.write([controls.progress(75, 5, story_id=story_id)], head)
        await take_away(town, story_id, head)
        wire.mend()
        await socket.until(story_id, 6)
        await say(town, story_id, 2, "c")  # by one who has not heard of it
        other = requested()
        await town.write([other])
        await socket.join(other.story_id)
        await socket.until(other.story_id, 1)
    assert [data.get("sequence") for name, data in socket.events if data["storyId"] == story_id] == [1, 2, 3, 4, 6]


async def test_a_story_that_is_taken_away_while_it_is_read_is_not_shown_without_its_text(
    town: Town, mongodb_url: str
) -> None:
    story_id, head = await running(town)
    await say(town, story_id, 0, "a")
    taken = False

    async def before(sent: bytes) -> None:
        nonlocal taken
        if b"DIRECT.GET.LIVE" in sent and not taken:
            taken = True
            await take_away(town, story_id, head)

    async with (
        town.store(mongodb_url),
        Wire(town.nats.url_of("gateway"), before).laid() as wire,
        town.gateway(nats_url=wire.url) as door,
        door.socket() as socket,
    ):
        assert (await socket.join(story_id))["error"]["code"] == "story_not_found"
