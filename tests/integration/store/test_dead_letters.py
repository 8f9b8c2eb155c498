"""What cannot be stored, or keeps failing, becomes a dead letter, and nobody else waits for it."""

from typing import Any

from contracts import subjects
from contracts.dead_letters import DeadLetter
from contracts.events import Event
from contracts.streams import DEAD_LETTERS
from services.common.clock import new_id
from services.store.database import EVENTS, STORIES
from tests import controls
from tests.integration.store.shelf import Shelf, eventually, story
from tests.letters import letters, requeue

JUNK = b"\xff\x00 no JSON \r\n{"


async def litter(shelf: Shelf, story_id: str, headers: dict[str, str] | None = None) -> int:
    """Publish what is no event on a story's subject. Returns its position."""
    target = subjects.write_subject(subjects.story_subject(story_id, "processing.progress"))
    return (await shelf.client.jetstream().publish(target, JUNK, headers=headers)).seq


async def only_letter(shelf: Shelf) -> tuple[int, DeadLetter]:
    """The one dead letter, as soon as it is there."""

    async def there() -> bool:
        return bool(await letters(shelf.client))

    await eventually(there, "a dead letter")
    ((number, letter),) = (await letters(shelf.client)).items()
    return number, letter


async def forbid(shelf: Shelf, collection: str, field: str, value: str) -> None:
    """Have MongoDB refuse documents for a reason of its own."""
    await shelf.db.command("collMod", collection, validator={field: {"$ne": value}})


async def allow(shelf: Shelf, collection: str) -> None:
    await shelf.db.command("collMod", collection, validator={})


async def test_what_is_no_event_lands_with_its_bytes_while_others_go_on(shelf: Shelf) -> None:
    await shelf.declare()
    junk_of = new_id()
    position = await litter(shelf, junk_of, {"X-Odd": "żółw"})
    events = story()
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)
        _, letter = await only_letter(shelf)

    log = await shelf.log(events[0].story_id)
    assert letter.body == JUNK
    assert dict(letter.headers) == {"X-Odd": "żółw"}
    assert (letter.handler, letter.reason, letter.deliveries) == ("store", "undecodable", 1)
    assert letter.subject == subjects.story_subject(junk_of, "processing.progress")
    assert (letter.epoch, letter.position) == (log[0]["epoch"], position)
    assert "ce-type" in letter.cause
    assert shelf.dead("undecodable") == 1


async def test_a_message_that_keeps_failing_lands_after_six_deliveries_while_others_go_on(shelf: Shelf) -> None:
    poisoned, others = story(), [story() for _ in range(5)]
    async with shelf.store():
        await eventually(lambda: prepared(shelf), "the store to be at work")
        await forbid(shelf, EVENTS, "storyId", poisoned[0].story_id)
        await shelf.write(poisoned[:1])
        for events in others:
            await shelf.write(events)
            await shelf.shows(events)
        assert await letters(shelf.client) == {}, "they did not wait until it was given up"

        number, letter = await only_letter(shelf)
        assert (letter.reason, letter.deliveries) == ("failing", 6)
        assert letter.body == poisoned[0].body()
        assert shelf.dead("failing") == 1
        assert shelf.count("failures_total") == 6

        assert await requeue(shelf.client, "store", number) is not None, "it fails again"
        assert number in await letters(shelf.client)
        await allow(shelf, EVENTS)
        await shelf.write_on(poisoned)
        assert await requeue(shelf.client, "store", number) is None
        assert await letters(shelf.client) == {}
        await shelf.shows(poisoned)


async def prepared(shelf: Shelf) -> bool:
    return {EVENTS, STORIES} <= set(await shelf.db.list_collection_names())


async def test_a_projection_that_fails_holds_no_other_story_up(shelf: Shelf) -> None:
    poisoned, other = story(), story()
    async with shelf.store():
        await eventually(lambda: prepared(shelf), "the store to be at work")
        await shelf.db[STORIES].insert_one({"_id": poisoned[0].story_id, "no": "story"})
        await shelf.write(poisoned[:1])
        await shelf.write(other)
        await shelf.shows(other)
        number, letter = await only_letter(shelf)
        assert (letter.reason, letter.deliveries, letter.body) == ("failing", 6, poisoned[0].body())

        await shelf.db[STORIES].delete_one({"_id": poisoned[0].story_id})
        assert await requeue(shelf.client, "store", number) is None
        await shelf.shows(poisoned[:1])


async def test_an_event_that_cannot_follow_is_noted(shelf: Shelf) -> None:
    stray, other = controls.start(1, story_id=new_id()), story()
    async with shelf.store():
        await publish(shelf, stray)
        await shelf.write(other)
        await shelf.shows(other)
        number, letter = await only_letter(shelf)
        assert (letter.reason, letter.body) == ("unfoldable", stray.body())
        assert "begins with processing.start" in letter.cause
        assert await requeue(shelf.client, "store", number) == letter.cause
    assert len(await shelf.log(stray.story_id)) == 1


async def publish(shelf: Shelf, event: Event) -> None:
    """Write past the write guard."""
    target = subjects.write_subject(subjects.story_subject(event.story_id, event.kind))
    await shelf.client.jetstream().publish(target, event.body(), headers=controls.envelope(event).headers())


async def test_requeueing_what_was_stored_meanwhile_changes_nothing(shelf: Shelf) -> None:
    events = story()
    async with shelf.store():
        await eventually(lambda: prepared(shelf), "the store to be at work")
        await forbid(shelf, EVENTS, "storyId", events[0].story_id)
        await shelf.write(events[:1])
        number, _ = await only_letter(shelf)
        await allow(shelf, EVENTS)
        await shelf.write_on(events)
        assert await requeue(shelf.client, "store", number) is None
        await shelf.shows(events)
        log = await shelf.log(events[0].story_id)

        async def settled() -> bool:
            return bool((await checkpoint(shelf))["position"] == log[-1]["position"])

        await eventually(settled, "the checkpoint, which follows the projection")
        before = await checkpoint(shelf)
        assert await requeue(shelf.client, "store", number) == f"there is no dead letter {number}"
        assert await shelf.log(events[0].story_id) == log
        assert await checkpoint(shelf) == before


async def checkpoint(shelf: Shelf) -> dict[str, Any]:
    found = await shelf.db["checkpoints"].find_one()
    assert found is not None
    return found


async def test_a_message_is_not_settled_before_its_letter_is_kept(shelf: Shelf) -> None:
    other = story()
    async with shelf.store():
        await eventually(lambda: prepared(shelf), "the store to be at work")
        await shelf.client.jetstream().delete_stream(DEAD_LETTERS.name)
        await litter(shelf, new_id())
        await shelf.write(other)
        await shelf.shows(other)
        await shelf.declare()
        _, letter = await only_letter(shelf)
    assert letter.body == JUNK
