"""Each socket sees each event of what it watches once, in order, whatever happens in between."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from contracts.events import Event
from contracts.subjects import NAMESPACE, socket_event, story_events
from services.common.clock import new_id
from services.common.history import Head
from tests import controls
from tests.integration.gateway.town import Door, Town, eventually, finished_story, long_story, requested
from tests.integration.gateway.wire import Wire


async def subscriptions(town: Town) -> int:
    """How many of the server's subscriptions are watches of stories."""
    found = await town.monitored("/subsz?subs=1")
    return sum(1 for each in found["subscriptions_list"] if each["subject"].startswith("story."))


async def write_slowly(town: Town, events: Sequence[Event], head: Head | None = None) -> Head:
    for event in events:
        head = await town.write([event], head)
        await asyncio.sleep(0)
    assert head is not None
    return head


async def test_first_the_ack_then_what_is_missing_then_live(door: Door, town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 6)
    head = await town.write(events[:3])
    async with door.socket() as socket:
        ack = await socket.join(story_id)
        await town.write(events[3:], head)
        await socket.until(story_id, 6)
        assert ack["sequence"] == 3
        assert [note[0] for note in socket.notes] == [
            "ack",
            "story:requested",
            "story:processing:start",
            *["story:processing:progress"] * 4,
        ]
        assert socket.sequences(story_id) == [1, 2, 3, 4, 5, 6]


async def test_one_that_polls_is_told_the_same_and_goes_without_a_trace(door: Door, town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 3)
    head = await town.write(events[:2])
    opened = (await door.get("/socket.io/?EIO=4&transport=polling")).body.decode()
    path = f"/socket.io/?EIO=4&transport=polling&sid={json.loads(opened.removeprefix('0'))['sid']}"

    async def say(text: str) -> None:
        assert (await door.ask("POST", path, data=text)).body == b"OK"

    async def hear(count: int) -> list[str]:
        heard: list[str] = []
        while len(heard) < count:
            heard += (await door.get(path)).body.decode().split("\x1e")
        return heard

    await say(f"40{NAMESPACE},{json.dumps({'token': door.token})}")
    assert (await hear(1))[0].startswith(f"40{NAMESPACE},")
    await say(f'42{NAMESPACE},1["story:join",{{"storyId":"{story_id}"}}]')
    acked, *told = await hear(3)
    assert acked.startswith(f'43{NAMESPACE},1[{{"ok":true,')
    await town.write(events[2:], head)
    told += await hear(1)
    assert told == [f'42{NAMESPACE},["{socket_event(event.kind)}",{event.body().decode()}]' for event in events]
    polling = asyncio.create_task(door.get(path))
    await say("1")
    assert (await asyncio.wait_for(polling, 10)).status in (200, 400)
    assert await subscriptions(town) == 0


@pytest.mark.parametrize(("after", "missing"), [(0, [1, 2, 3]), (2, [3]), (3, []), (2**53 - 1, [])])
async def test_what_is_missing_is_what_comes_after_after(
    after: int, missing: list[int], door: Door, town: Town
) -> None:
    story_id = new_id()
    events = long_story(story_id, 5)
    head = await town.write(events[:3])
    async with door.socket() as socket:
        assert (await socket.join(story_id, after))["sequence"] == 3
        await town.write(events[3:], head)
        await socket.until(story_id, 5)
        assert socket.sequences(story_id) == [*missing, 4, 5]


async def test_a_command_joined_without_asking_for_an_ack_is_obeyed(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    async with door.socket() as socket:
        await socket.send("story:join", {"storyId": events[0].story_id})
        await socket.until(events[0].story_id, 6)
        assert socket.sequences(events[0].story_id) == [1, 2, 3, 4, 5, 6]


async def test_many_joins_into_a_running_writer_all_see_everything_once_and_in_order(door: Door, town: Town) -> None:
    story_id, last = new_id(), 250
    events = long_story(story_id, last)
    head = await town.write(events[:1])
    writing = asyncio.create_task(write_slowly(town, events[1:], head))

    async def watcher(turn: int) -> int:
        async with door.socket() as socket, door.socket() as pace:
            await pace.join(story_id)
            await pace.until(story_id, 1 + 10 * turn)
            sequence: int = (await socket.join(story_id))["sequence"]
            await socket.until(story_id, last)
            assert socket.notes[0][0] == "ack"
            assert socket.sequences(story_id) == list(range(1, last + 1))
            return sequence

    joined_at = await asyncio.gather(*(watcher(turn) for turn in range(20)))
    await writing
    assert len(set(joined_at)) > 1, joined_at  # the writer was at it all the while


async def test_a_join_repeated_all_the_time_begins_anew_each_time_and_skips_nothing(door: Door, town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 201)
    head = await town.write(events[:1])
    async with door.socket() as socket:
        asked = []
        for begin in range(1, len(events), 20):
            writing = asyncio.create_task(write_slowly(town, events[begin : begin + 20], head))
            asked.append(max(socket.sequences(story_id), default=0))
            await socket.join(story_id, asked[-1])
            head = await writing
        asked.append(0)
        await socket.join(story_id, 0)
        await socket.until_since_ack(len(events))
        for after, heard in zip(asked, socket.after_acks(), strict=True):
            assert heard == list(range(after + 1, after + 1 + len(heard)))


async def test_joining_again_replaces_the_join_before(door: Door, town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 6)
    head = await town.write(events[:4])
    async with door.socket() as socket:
        await socket.join(story_id)
        await socket.join(story_id, 2)
        await socket.join(story_id, 4)
        await town.write(events[4:], head)
        await socket.until(story_id, 6)
        assert socket.sequences(story_id) == [1, 2, 3, 4, 3, 4, 5, 6]
        assert await subscriptions(town) == 1
        await socket.leave(story_id)
    assert await door.metric("watched_stories") == 0


async def test_a_socket_watches_many_stories_and_gets_nothing_it_did_not_join(door: Door, town: Town) -> None:
    joined, other = [new_id() for _ in range(5)], new_id()
    heads = {story_id: await town.write(long_story(story_id, 2)) for story_id in [*joined, other]}
    async with door.socket() as socket, door.socket() as idle:
        for story_id in joined:
            await socket.join(story_id, 2)
        for story_id in [other, *joined]:
            await town.write([controls.progress(25, 3, story_id=story_id)], heads[story_id])
        for story_id in joined:
            await socket.until(story_id, 3)
        assert sorted(data["storyId"] for _, data in socket.events) == sorted(joined)
        await idle.leave(other)
        assert idle.events == []
        assert await subscriptions(town) == len(joined)


async def test_after_a_leave_nothing_comes_and_nothing_is_left_lying(door: Door, town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 6)
    head = await town.write(events[:2])
    async with door.socket() as socket, door.socket() as other:
        await socket.join(story_id)
        await other.join(story_id)
        assert await subscriptions(town) == 1
        assert (await socket.leave(story_id)) == {"ok": True}
        head = await town.write(events[2:4], head)
        await other.until(story_id, 4)
        assert socket.sequences(story_id) == [1, 2]
        await other.leave(story_id)
        await until_unsubscribed(town)
        await town.write(events[4:], head)
        assert (await socket.leave(story_id)) == {"ok": True}
        assert (socket.sequences(story_id), other.sequences(story_id)) == ([1, 2], [1, 2, 3, 4])


async def test_sockets_that_go_take_their_subscription_with_them(door: Door, town: Town) -> None:
    event = requested()
    await town.write([event])
    async with door.socket() as socket, door.socket() as other:
        await asyncio.gather(socket.join(event.story_id), other.join(event.story_id))
        assert await subscriptions(town) == 1

    await until_unsubscribed(town)


async def until_unsubscribed(town: Town) -> None:
    async def gone() -> bool:
        return await subscriptions(town) == 0

    await eventually(gone, "the subscription to go")


async def test_joins_and_leaves_in_a_crowd_leave_nothing_lying(door: Door, town: Town) -> None:
    story_ids = [new_id() for _ in range(3)]
    for story_id in story_ids:
        await town.write(long_story(story_id, 3))

    async def restless(turn: int) -> None:
        async with door.socket() as socket:
            for step in range(12):
                story_id = story_ids[(turn + step) % 3]
                ack = await (socket.leave(story_id) if step % 4 == 3 else socket.join(story_id, 3))
                assert ack["ok"] is True
            assert socket.events == []

    await asyncio.gather(*(restless(turn) for turn in range(8)))

    async def forgotten() -> bool:
        return (await subscriptions(town), await door.metric("watched_stories")) == (0, 0)

    await eventually(forgotten, "every watch to end")


async def test_two_gateways_tell_the_same(town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 40)
    async with town.gateway() as one, town.gateway() as other, one.socket() as here, other.socket() as there:
        head = await town.write(events[:1])
        await asyncio.gather(here.join(story_id), there.join(story_id))
        await town.write(events[1:], head)
        await asyncio.gather(here.until(story_id, 40), there.until(story_id, 40))
        assert here.events == there.events


async def test_what_no_stream_has_stored_reaches_nobody(door: Door, town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 3)
    head = await town.write(events[:2])
    async with door.socket() as socket:
        await socket.join(story_id)
        forged = controls.error(3, story_id=story_id)
        await town.client.publish(story_events(story_id).replace(">", forged.kind), forged.body())
        await town.write(events[2:], head)
        await socket.until(story_id, 3)
        assert [name for name, _ in socket.events] == [
            "story:requested",
            "story:processing:start",
            "story:processing:progress",
        ]


async def test_an_event_of_a_newer_kind_is_passed_on(door: Door, town: Town) -> None:
    story_id = new_id()
    head = await town.write(long_story(story_id, 2))
    async with door.socket() as socket:
        await socket.join(story_id, 2)
        await town.write([controls.unknown(3, story_id=story_id)], head)
        await socket.until(story_id, 3)
        assert [(name, data["mood"]) for name, data in socket.events] == [("story:unknown", "hopeful")]
        await socket.join(story_id, 2)
        await socket.leave(story_id)
        assert socket.events[0] == socket.events[1]


async def test_nats_killed_in_the_middle_costs_time_and_no_event(town: Town) -> None:
    story_ids = [new_id() for _ in range(3)]
    events = {story_id: long_story(story_id, 60) for story_id in story_ids}
    heads = {story_id: await town.write(events[story_id][:10]) for story_id in story_ids}
    async with town.gateway() as door, door.socket() as socket, door.socket() as late:
        for story_id in story_ids:
            await socket.join(story_id)
        for story_id in story_ids:
            await socket.until(story_id, 10)
        for turn in range(2):
            town.nats.kill()
            town.nats.start()
            begun = 10 + 10 * turn
            for story_id in story_ids:  # The writer may be back before the gateway is.
                heads[story_id] = await town.write(events[story_id][begun : begun + 10], heads[story_id])
        await door.until_ready()
        await asyncio.gather(*(late.join(story_id) for story_id in story_ids))
        for story_id in story_ids:
            await town.write(events[story_id][30:], heads[story_id])
        for story_id in story_ids:
            for each in (socket, late):
                await each.until(story_id, 60)
                assert each.sequences(story_id) == list(range(1, 61))


async def test_what_is_committed_while_the_gateway_is_cut_off_is_told_when_it_is_back(town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 30)
    head = await town.write(events[:5])
    async with (
        Wire(town.nats.url_of("gateway")).laid() as wire,
        town.gateway(nats_url=wire.url) as door,
        door.socket() as socket,
    ):
        await socket.join(story_id)
        await socket.until(story_id, 5)
        wire.cut()
        head = await town.write(events[5:20], head)
        wire.mend()
        head = await town.write(events[20:29], head)
        await socket.until(story_id, 29)
        await town.write(events[29:], head)
        await socket.until(story_id, 30)
        assert socket.sequences(story_id) == list(range(1, 31))
