import asyncio

from services.store.replay.comparison import compare
from tests.integration.store.replay.library import Library

MANY = 3_000  # stories, of which some thousand are compared at once


async def test_every_story_is_compared_once_whichever_side_has_it(library: Library) -> None:
    old = {number for number in range(MANY) if number % 7}
    new = {number for number in range(MANY) if number > MANY // 2}
    for name, numbers in (("old", old), ("new", new)):
        await library.db[name].insert_many([{"_id": f"{number:05}", "sequence": 1} for number in numbers])

    found = await compare(library.db["old"], library.db["new"], looks=0)

    assert (found.stories, found.different) == (len(old | new), len(old ^ new))
    assert found.examples[:2] == ["00001", "00002"]


async def test_a_story_that_is_on_its_way_into_both_is_waited_for(library: Library) -> None:
    old, new = library.db["old"], library.db["new"]
    await new.insert_one({"_id": "story", "sequence": 2})
    await old.insert_one({"_id": "story", "sequence": 1})

    comparing = asyncio.create_task(compare(old, new))
    done, _ = await asyncio.wait({comparing}, timeout=0.2)
    assert not done, "they stand at different events"
    await old.update_one({"_id": "story"}, {"$set": {"sequence": 2}})

    assert (await comparing).equal


async def test_as_long_as_waiting_is_of_use_every_story_that_moves_is_waited_for(library: Library) -> None:
    old, new = library.db["old"], library.db["new"]
    ids = [f"{number:05}" for number in range(60)]
    await new.insert_many([{"_id": each, "sequence": 2} for each in ids])
    await old.insert_many([{"_id": each, "sequence": 1} for each in ids])

    comparing = asyncio.create_task(compare(old, new, looks=10))
    for each in ids:
        await asyncio.sleep(0.02)
        await old.update_one({"_id": each}, {"$set": {"sequence": 2}})

    assert (await comparing).different == 0


async def test_stories_that_differ_and_stay_so_are_not_waited_for_again_and_again(library: Library) -> None:
    old, new = library.db["old"], library.db["new"]
    ids = [f"{number:05}" for number in range(MANY)]
    await new.insert_many([{"_id": each, "sequence": 2} for each in ids])
    await old.insert_many([{"_id": each, "sequence": 1} for each in ids])

    assert (await compare(old, new, looks=2)).different == MANY
