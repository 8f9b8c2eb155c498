"""`GET /api/activity`."""

import pytest

from tests.integration.gateway.town import Door, Town, eventually, finished_story


async def test_a_day_tells_what_the_askers_stories_came_to(town: Town, mongodb_url: str) -> None:
    async with town.store(mongodb_url), town.gateway() as door:
        await town.write(finished_story())
        await town.write(finished_story(owner="somebody else"))

        async def counted() -> bool:
            days = (await door.get("/api/activity?from=2026-01-31&to=2026-01-31")).json["days"]
            return [(day["asked"], day["completed"]) for day in days] == [(1, 1)]

        await eventually(counted, "the story to be counted")
        assert (await door.get("/api/activity?from=2026-02-01")).json == {"days": []}


@pytest.mark.parametrize("query", ["from=yesterday", "to=2026-1-1", "from=2026-01-01T00:00:00Z"])
async def test_what_is_no_day_is_refused_by_name(door: Door, query: str) -> None:
    answer = await door.get(f"/api/activity?{query}")
    assert (answer.status, answer.error["field"]) == (422, query.partition("=")[0])


async def test_without_a_store_there_is_no_answer_but_a_reason(door: Door) -> None:
    assert (await door.get("/api/activity")).status == 503
