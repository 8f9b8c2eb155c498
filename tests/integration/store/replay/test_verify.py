"""Each fault that a log can have, made on purpose, is found and named; and nothing else is."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

import pytest

from contracts.subjects import story_subject
from services.store.database import Document
from services.store.entry import read
from services.store.replay.faults import Fault, FaultKind
from services.store.replay.progress import silent
from services.store.replay.settled import EVERYTHING, Settled
from services.store.replay.verify import verify_log
from tests import controls
from tests.integration.store.replay.library import Library, seeded

Harm = Callable[[Library, list[Document]], Awaitable[object]]
EVENTS = 200


async def faults(library: Library, settled: Settled = EVERYTHING) -> list[Fault]:
    return [fault async for fault in verify_log(library.db, settled, silent)]


async def test_a_log_that_stores_have_written_has_no_fault(library: Library) -> None:
    await library.keep(seeded(EVENTS))
    assert await faults(library) == []


async def lose(library: Library, story: list[Document]) -> None:
    await library.db["events"].delete_one({"_id": story[1]["_id"]})


async def alter(library: Library, story: list[Document]) -> None:
    changed = story[2]["payload"].replace("At reading_file", "At another_step")
    assert changed != story[2]["payload"]
    await library.db["events"].update_one({"_id": story[2]["_id"]}, {"$set": {"payload": changed}})


async def garble(library: Library, story: list[Document]) -> None:
    told = {"payload": "{}", "digest": sha256(b"{}").hexdigest()}
    await library.db["events"].update_one({"_id": story[2]["_id"]}, {"$set": told})


async def swap_places(library: Library, story: list[Document]) -> None:
    await library.db["events"].update_one({"_id": story[2]["_id"]}, {"$set": {"position": 10_000}})


async def relabel(library: Library, story: list[Document]) -> None:
    await library.db["events"].update_one({"_id": story[2]["_id"]}, {"$set": {"kind": "processing.start"}})


async def mislabel(library: Library, story: list[Document]) -> None:
    changed = story[2]["payload"].replace('"sequence":3', '"sequence":4')
    told = {"payload": changed, "digest": sha256(changed.encode()).hexdigest()}
    await library.db["events"].update_one({"_id": story[2]["_id"]}, {"$set": told})


async def end_twice(library: Library, story: list[Document]) -> None:
    last = story[-1]
    again = last["payload"].replace(f'"sequence":{last["sequence"]}', f'"sequence":{last["sequence"] + 1}')
    told = {
        "_id": f"{last['storyId']}:{last['sequence'] + 1}",
        "sequence": last["sequence"] + 1,
        "position": 10_000,
        "payload": again,
        "digest": sha256(again.encode()).hexdigest(),
    }
    await library.db["events"].insert_one({**last, **told})


async def misproject(library: Library, story: list[Document]) -> None:
    await library.db["stories"].update_one({"_id": story[0]["storyId"]}, {"$set": {"title": "Another"}})


async def project_nothing(library: Library, story: list[Document]) -> None:
    await library.db["activity"].delete_one({"_id": story[0]["storyId"]})


async def forget(library: Library, story: list[Document]) -> None:
    await library.db["events"].delete_many({"storyId": story[0]["storyId"]})


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (lose, "gap"),
        (alter, "checksum"),
        (garble, "invalid"),
        (swap_places, "order"),
        (relabel, "invalid"),
        (mislabel, "mislabelled"),
        (end_twice, "terminal"),
        (misproject, "projection"),
        (project_nothing, "behind"),
        (forget, "orphan"),
    ],
)
async def test_a_fault_is_named_with_its_place(library: Library, harm: Harm, kind: FaultKind) -> None:
    await library.keep(seeded(EVENTS))
    story = await whole_story(library)
    await harm(library, story)

    found = await faults(library)

    assert kind in {fault.kind for fault in found}
    assert {fault.story_id for fault in found} == {story[0]["storyId"]}


async def whole_story(library: Library) -> list[Document]:
    complete = await library.db["events"].find_one({"kind": "processing.complete", "sequence": 6})
    assert complete is not None
    return await library.db["events"].find({"storyId": complete["storyId"]}).sort("sequence").to_list()


async def test_a_story_that_was_retried_ends_twice_and_that_is_no_fault(library: Library) -> None:
    retried = controls.retry_requested(4), controls.start(5, attempt=2), controls.complete(6, attempt=2)
    await library.keep(
        read(story_subject(event.story_id, event.kind), controls.envelope(event).headers(), event.body(), position, "0")
        for position, event in enumerate((*controls.failed_story(), *retried), start=1)
    )
    assert await faults(library) == []


async def test_a_story_that_has_lost_its_beginning_is_no_orphan(library: Library) -> None:
    await library.keep(seeded(EVENTS))
    await library.db["events"].delete_one({"_id": (await whole_story(library))[0]["_id"]})
    kinds = {fault.kind for fault in await faults(library)}
    assert "gap" in kinds
    assert "orphan" not in kinds


async def test_what_is_on_its_way_is_no_fault(library: Library) -> None:
    entries = seeded(EVENTS)
    await library.keep(entries[:100])
    epoch = entries[0].event.epoch
    await library.db["events"].insert_many([entry.document() for entry in entries[150:]])

    assert await faults(library, Settled(epoch, 100)) == []
    assert "gap" in {fault.kind for fault in await faults(library)}


async def test_events_from_before_there_were_digests_are_no_fault(library: Library) -> None:
    await library.keep(seeded(EVENTS))
    await library.db["events"].update_many({}, {"$unset": {"digest": ""}})
    assert await faults(library) == []


async def erased(library: Library, *, deleted: bool, most: int = EVENTS) -> None:
    """A story whose payloads were taken away, as an eraser leaves it, or one that was killed after so many."""
    await library.keep(seeded(EVENTS))
    story = await whole_story(library)
    for document in story[:most]:
        told = {"payload": "", "erased": document["digest"]}
        await library.db["events"].update_one({"_id": document["_id"]}, {"$set": told})
    if deleted:
        event = controls.deleted(len(story) + 1, story_id=story[0]["storyId"])
        headers = controls.envelope(event).headers()
        subject = story_subject(event.story_id, event.kind)
        await library.keep([read(subject, headers, event.body(), 10_000, story[0]["epoch"])])


@pytest.mark.parametrize("most", [2, EVENTS], ids=["begun", "done"])
async def test_a_story_that_was_deleted_and_erased_is_no_fault(library: Library, most: int) -> None:
    await erased(library, deleted=True, most=most)
    assert await faults(library) == []


async def test_what_was_erased_has_to_be_what_was_kept(library: Library) -> None:
    await erased(library, deleted=True)
    await library.db["events"].update_one({"erased": {"$exists": True}, "sequence": 2}, {"$set": {"digest": "0" * 64}})
    assert [(fault.kind, fault.sequence) for fault in await faults(library)] == [("checksum", 2)]


async def test_a_story_that_was_erased_though_nobody_deleted_it_is_one(library: Library) -> None:
    await erased(library, deleted=False)
    assert "erased" in {fault.kind for fault in await faults(library)}
