"""`storywire verify` as a script calls it."""

import json

from contracts.streams import STORIES
from services.store.database import Database
from services.store.replay.settled import settled
from tests import controls
from tests.integration.deploy.storywire import Said, storywire
from tests.integration.store.shelf import Shelf, eventually, story


async def run(url: str, name: str, *arguments: str) -> Said:
    return await storywire({"MONGODB_URL": url, "STORYWIRE_DATABASE": name}, *arguments)


async def test_a_fault_ends_it_with_3_and_is_one_object_for_a_program(db: Database, mongodb_url: str) -> None:
    assert await run(mongodb_url, db.name, "verify", "--offline") == (0, "60 events: no fault\n", "")
    document = await db["stories"].find_one_and_update({}, {"$set": {"title": "Another"}})
    assert document is not None

    code, out, error = await run(mongodb_url, db.name, "verify", "--offline", "--json")

    (fault,) = map(json.loads, out.splitlines())
    assert (code, error) == (3, "")
    assert (fault["kind"], fault["storyId"]) == ("projection", document["_id"])
    assert "title" in fault["detail"]
    code, out, _ = await run(mongodb_url, db.name, "verify", "--offline")
    assert (code, out.splitlines()[-1]) == (3, "60 events: 1 projection")


async def test_a_rebuild_that_would_change_something_asks_first(db: Database, mongodb_url: str) -> None:
    await db["stories"].update_one({}, {"$set": {"title": "Another"}})

    code, _, error = await run(mongodb_url, db.name, "rebuild", "stories")
    assert (code, "stays as it is" in error) == (1, True)
    assert (await run(mongodb_url, db.name, "verify", "--offline"))[0] == 3

    assert (await run(mongodb_url, db.name, "rebuild", "stories", "--yes"))[0] == 0
    assert (await run(mongodb_url, db.name, "verify", "--offline"))[0] == 0


async def test_what_cannot_be_reached_is_said_in_one_line() -> None:
    code, out, error = await run("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "x", "verify", "--offline")
    assert (code, out) == (1, "")
    assert error.startswith("storywire: MongoDB does not answer")
    assert error.count("\n") == 1


async def test_as_many_faults_are_named_as_were_asked_for_and_all_are_counted(db: Database, mongodb_url: str) -> None:
    await db["stories"].update_many({}, {"$set": {"title": "Another"}})
    count = await db["stories"].count_documents({})
    assert count > 2

    for show in (0, 2):
        code, out, _ = await run(mongodb_url, db.name, "verify", "--offline", "--show", str(show))
        *named, last = out.splitlines()
        assert (code, len(named), last) == (3, show, f"60 events: {count} projection")
    code, out, _ = await run(mongodb_url, db.name, "verify", "--offline", "--show", "1", "--json")
    assert (code, len(out.splitlines())) == (3, count)


async def test_nothing_in_a_fault_steers_the_terminal(db: Database, mongodb_url: str) -> None:
    await db["stories"].insert_one({"_id": "\x1b[2J", "sequence": 1})
    code, out, _ = await run(mongodb_url, db.name, "verify", "--offline")
    assert (code, "\x1b" in out, "orphan: \\x1b[2J: " in out) == (3, False, True)


async def test_what_jetstream_has_lost_is_a_fault_and_what_was_erased_is_told(
    shelf: Shelf, environment: dict[str, str]
) -> None:
    gone, kept = story(), story()
    await shelf.write([*gone, controls.deleted(story_id=gone[0].story_id)])
    await shelf.write(kept)

    async def at_rest() -> bool:
        erased = await shelf.db["events"].count_documents({"erased": {"$exists": True}})
        return (erased, (await settled(shelf.client)).position) == (6, 13)

    await eventually(at_rest, "all to be acknowledged, and six to be erased")
    assert await storywire(environment, "verify") == (0, "13 events, 6 of them erased: no fault\n", "")

    await shelf.client.jetstream().delete_msg(STORIES.name, 9)
    ended = await storywire(environment, "verify")
    assert (ended.code, ended.out.splitlines()[1:]) == (3, ["13 events, 6 of them erased: 1 not in the stream"])
