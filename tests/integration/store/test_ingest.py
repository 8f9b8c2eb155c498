import asyncio
import random

import pytest
from prometheus_client import CollectorRegistry

from contracts import subjects
from contracts.streams import STORE, STORIES
from services.common import topology
from services.common.clock import new_id, seeded_ids
from tests import controls
from tests.integration.store.shelf import Shelf, eventually, story


async def test_an_event_lands_in_the_log_and_in_the_projection(shelf: Shelf) -> None:
    events = story()
    async with shelf.store():
        head = await shelf.write(events)
        await shelf.shows(events)

    log = await shelf.log(head.story_id)
    assert [line["_id"] for line in log] == [f"{head.story_id}:{sequence}" for sequence in range(1, 7)]
    assert [line["payload"].encode() for line in log] == [event.body() for event in events]
    assert [line["position"] for line in log] == [1, 2, 3, 4, 5, 6]
    assert len({line["epoch"] for line in log}) == 1
    assert head.envelope is not None
    assert log[-1]["id"] == head.envelope.id
    assert {line["correlation"] for line in log} == {log[0]["id"]}
    assert await shelf.db["checkpoints"].find_one() == {"_id": "stories", "epoch": log[0]["epoch"], "position": 6}


async def test_what_was_written_before_the_store_started_is_taken_up(shelf: Shelf) -> None:
    await shelf.declare()
    events = story()
    await shelf.write(events)

    async with shelf.store():
        await shelf.shows(events)


async def test_a_restart_keeps_everything_and_goes_on(shelf: Shelf) -> None:
    before, after = story(), story()
    async with shelf.store():
        await shelf.write(before)
        await shelf.shows(before)
    async with shelf.store(CollectorRegistry()):
        await shelf.write(after)
        await shelf.shows(after)

    await shelf.shows(before)


async def test_messages_that_come_again_in_another_order_change_nothing(shelf: Shelf) -> None:
    await shelf.declare()
    events = story()
    await shelf.write(events)
    js = shelf.client.jetstream()
    thief = await js.pull_subscribe_bind(consumer=STORE.durable, stream=STORIES.name)
    messages = await thief.fetch(len(events), timeout=5)
    assert len(messages) == len(events)
    async with shelf.store():
        for message in reversed(messages):
            await message.nak()
            await shelf.client.flush()
        await shelf.shows(events)
        log = await shelf.log(events[0].story_id)

        await js.delete_consumer(STORIES.name, STORE.durable)
        await topology.declare(js, new_id)  # A new consumer begins at the beginning.
        await eventually(lambda: counted(shelf, "duplicates_total", len(events)), "everything to come again")

        await shelf.shows(events)
        assert await shelf.log(events[0].story_id) == log


async def counted(shelf: Shelf, name: str, number: float) -> bool:
    return shelf.count(name) >= number


async def died(shelf: Shelf, reason: str) -> bool:
    return shelf.dead(reason) >= 1


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_stores_at_once_give_one_projection(shelf: Shelf, seed: int) -> None:
    chance = random.Random(seed)
    ids = seeded_ids(seed)
    kinds = [controls.finished_story, controls.failed_story, controls.cancelled_story]
    stories = [chance.choice(kinds)(story_id=ids(), owner=chance.choice("ab")) for _ in range(40)]
    other = CollectorRegistry()
    async with shelf.store(store_batch=3), shelf.store(other, store_batch=5):
        await asyncio.gather(*map(shelf.write, stories))
        for events in stories:
            await shelf.shows(events)

    assert await shelf.db["events"].count_documents({}) == sum(map(len, stories))
    assert await shelf.db["stories"].count_documents({}) == len(stories)
    theirs = other.get_sample_value("storywire_store_events_total")
    assert theirs
    assert shelf.count("events_total")
    assert theirs + shelf.count("events_total") == sum(map(len, stories))


async def test_a_message_that_is_no_event_is_counted_and_holds_nobody_up(shelf: Shelf) -> None:
    await shelf.declare()
    events = story()
    junk = subjects.write_subject(subjects.story_subject(events[0].story_id[:-1] + "x", "requested"))
    await shelf.client.jetstream().publish(junk, b"junk")
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)

        assert shelf.dead("undecodable") == 1
        await settled(shelf, 1 + len(events))


async def settled(shelf: Shelf, position: int) -> None:
    async def holds() -> bool:
        info = await shelf.client.jetstream().consumer_info(STORIES.name, STORE.durable)
        assert info.ack_floor is not None
        return (info.ack_floor.stream_seq, info.num_pending, info.num_ack_pending) == (position, 0, 0)

    await eventually(holds, f"all up to position {position} to be settled")


async def test_another_event_in_an_events_place_is_counted_and_not_taken(shelf: Shelf) -> None:
    events = story()
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)
        log = await shelf.log(events[0].story_id)
        js = shelf.client.jetstream()
        await js.delete_stream(STORIES.name)
        await topology.declare(js, new_id)

        await shelf.write([controls.requested(story_id=events[0].story_id, title="Another")])
        await eventually(lambda: died(shelf, "conflict"), "the conflict to be seen")

        assert await shelf.log(events[0].story_id) == log
        await shelf.shows(events)
        await settled(shelf, 1)


async def test_an_event_that_mongodb_cannot_hold_is_counted_and_holds_nobody_up(shelf: Shelf) -> None:
    await shelf.declare()
    events = story()
    odd = controls.requested(story_id=new_id())
    body = odd.body().replace(b'"sequence":1', b'"sequence":%d' % 2**70)
    target = subjects.write_subject(subjects.story_subject(odd.story_id, odd.kind))
    await shelf.client.jetstream().publish(target, body, headers=controls.envelope(odd).headers())
    await shelf.write(events)

    async with shelf.store():
        await shelf.shows(events)
        await eventually(lambda: died(shelf, "unstorable"), "it to be counted")


async def test_a_story_that_cannot_be_projected_holds_nobody_up(shelf: Shelf) -> None:
    events = story()
    huge = controls.complete(3, story_id=new_id(), processing_time=2**70)
    early = [controls.requested(story_id=huge.story_id), controls.start(2, story_id=huge.story_id)]
    await shelf.declare()
    await shelf.write([*early, huge])
    await shelf.write(events)

    async with shelf.store():
        await shelf.shows(events)
        await eventually(lambda: counted(shelf, "unfoldable_total", 1), "it to be counted")
        assert len(await shelf.log(huge.story_id)) == 3


async def test_a_stream_that_was_deleted_is_declared_anew_and_followed(shelf: Shelf) -> None:
    before, after = story(), story()
    async with shelf.store():
        await shelf.write(before)
        await shelf.shows(before)
        await shelf.client.jetstream().delete_stream(STORIES.name)
        await shelf.write(after)
        await shelf.shows(after)

    old, new = await shelf.log(before[0].story_id), await shelf.log(after[0].story_id)
    assert old[0]["epoch"] != new[0]["epoch"]
    assert await shelf.db["checkpoints"].find_one() == {"_id": "stories", "epoch": new[0]["epoch"], "position": 6}
