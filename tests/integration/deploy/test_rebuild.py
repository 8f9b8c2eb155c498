"""`storywire rebuild` as a script calls it: what it says it would do it does not do."""

from typing import Any

import pytest

from services.store.database import Database
from services.store.places import Places
from services.store.projections.registry import PROJECTIONS
from tests.integration.deploy.storywire import storywire


@pytest.fixture
async def db(db: Database) -> Database:
    """One story of a projection is wrong."""
    await db["stories"].update_one({}, {"$set": {"title": "Another"}})
    return db


@pytest.fixture
def environment(db: Database, mongodb_url: str) -> dict[str, str]:
    return {"MONGODB_URL": mongodb_url, "STORYWIRE_DATABASE": db.name}


async def everything(db: Database) -> dict[str, list[Any]]:
    """What stands in the database, and where its projections stand."""
    names = set(await db.list_collection_names()) - {"projections"}  # a note of where one begins may be there or not
    places = [await Places(db).of(projection.name) for projection in PROJECTIONS]
    return {"places": places} | {name: await db[name].find().sort("_id").to_list() for name in names}


async def test_a_dry_run_tells_what_differs_and_changes_nothing(db: Database, environment: dict[str, str]) -> None:
    before = await everything(db)
    ended = await storywire(environment, "rebuild", "--dry-run", "--json")
    assert ended.code == 0
    assert [(told["projection"], told["different"], told["swapped"]) for told in ended.objects] == [
        ("stories", 1, False),
        ("activity", 0, False),
    ]
    assert await everything(db) == before


async def test_a_rollback_that_is_only_tried_changes_nothing(db: Database, environment: dict[str, str]) -> None:
    assert (await storywire(environment, "rebuild", "stories", "--yes")).code == 0
    before = await everything(db)
    ended = await storywire(environment, "rebuild", "stories", "--rollback", "--dry-run", "--json")
    assert (ended.code, ended.objects) == (0, [{"projection": "stories", "rolledBack": False, "would": "stories"}])
    assert await everything(db) == before


async def test_what_was_not_agreed_to_stays_until_it_is_thrown_away(db: Database, environment: dict[str, str]) -> None:
    before = await everything(db)
    assert (await storywire(environment, "rebuild", "stories")).code == 1
    ended = await storywire(environment, "rebuild", "stories", "--dry-run", "--json")
    assert [(told["resumed"], told["different"], told["swapped"]) for told in ended.objects] == [(True, 1, False)]
    ended = await storywire(environment, "rebuild", "stories", "--abandon", "--dry-run", "--json")
    assert ended.objects == [{"projection": "stories", "abandoned": False, "would": "stories-2"}]
    assert "stories-2" in await db.list_collection_names()

    for abandoned in (True, False):
        ended = await storywire(environment, "rebuild", "stories", "--abandon", "--json")
        assert (ended.code, ended.objects) == (0, [{"projection": "stories", "abandoned": abandoned}])
    assert await everything(db) == before
