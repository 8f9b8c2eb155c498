"""`GET /api/stories...`: what stories tell, and to whom."""

import json
from urllib.parse import quote

import pytest

from contracts.story import fold
from services.common.clock import new_id
from tests import controls
from tests.integration.gateway.town import Door, Town, eventually, finished_story, long_story, requested


async def test_a_story_reads_as_the_fold_of_its_events(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    answer = await door.get(f"/api/stories/{events[0].story_id}")
    state = fold(events)
    assert state is not None
    assert (answer.status, answer.body) == (200, state.body())
    assert answer.headers["Content-Type"] == "application/json"


async def test_what_was_accepted_reads_at_once_although_no_store_has_seen_it(door: Door) -> None:
    story_id = (await door.post(title="Now")).json["storyId"]
    story = (await door.get(f"/api/stories/{story_id}")).json
    assert (story["title"], story["status"], story["sequence"]) == ("Now", "requested", 1)


async def test_events_carry_the_very_bytes_that_were_written(door: Door, town: Town) -> None:
    story_id = new_id()
    first = requested(story_id=story_id, title='Ü "quoted" \u2028 \\ 💡', mood={"kept": [1.0, 1e300, None]})
    head = await town.write([first, controls.start(2, story_id=story_id)])
    answer = await door.get(f"/api/stories/{story_id}/events")
    assert answer.status == 200
    assert b'"data":' + first.body() + b"}" in answer.body
    assert answer.json.keys() == {"events"}
    assert [event.keys() for event in answer.json["events"]] == [{"event", "sequence", "position", "time", "data"}] * 2
    assert answer.json["events"][1] == {
        "event": "story:processing:start",
        "sequence": 2,
        "position": head.position,
        "time": "2026-01-31T09:30:02.500Z",
        "data": json.loads(controls.start(2, story_id=story_id).body()),
    }


async def test_events_come_in_pages(door: Door, town: Town) -> None:
    story_id = new_id()
    await town.write(long_story(story_id, 7))
    seen, after = [], 0
    while after is not None:
        page = (await door.get(f"/api/stories/{story_id}/events?after={after}&limit=3")).json
        seen.append([event["sequence"] for event in page["events"]])
        after = page.get("next")
    assert seen == [[1, 2, 3], [4, 5, 6], [7]]
    assert (await door.get(f"/api/stories/{story_id}/events?after=7")).json == {"events": []}
    assert (await door.get(f"/api/stories/{story_id}/events?after={2**53 - 1}")).json == {"events": []}


async def test_a_finished_story_downloads_as_a_text_file_of_its_title(door: Door, town: Town) -> None:
    events = finished_story(title='Das "Lämpchen": 1/2\r\nX: y')
    await town.write(events)
    answer = await door.get(f"/api/stories/{events[0].story_id}/download")
    assert (answer.status, answer.body.decode()) == (200, controls.TEXT)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Das Lampchen 1 2 X y.txt"; '
        "filename*=UTF-8''" + quote("Das Lämpchen 1 2 X y", safe="") + ".txt"
    )
    assert "X" not in answer.headers


async def test_an_unfinished_story_does_not_download(door: Door, town: Town) -> None:
    event = requested()
    await town.write([event])
    answer = await door.get(f"/api/stories/{event.story_id}/download")
    assert (answer.status, answer.error["code"]) == (409, "not_finished")


PATHS = ("", "/events", "/download")


@pytest.mark.parametrize(
    "story_id",
    ["short", "A" * 26, "*", "%3E", "..%2f..", "a" * 5_000, "story.x.%3E", "%00", "%ff"],
    ids=["short", "upper case", "star", "greater", "dots", "endless", "subject", "nul", "not utf-8"],
)
async def test_an_id_that_is_none_is_not_found(story_id: str, lone_door: Door) -> None:
    for path in PATHS:
        answer = await lone_door.get(f"/api/stories/{story_id}{path}")
        assert (answer.status, answer.error["code"]) == (404, "not_found" if "2f" in story_id else "story_not_found")


async def test_an_unknown_story_and_somebody_elses_are_not_found_and_nobody_can_tell_which(
    stored_door: Door, town: Town
) -> None:
    events = finished_story(owner="somebody else")
    await town.write(events)
    theirs, none = events[0].story_id, new_id()
    for path in PATHS:
        one = await stored_door.get(f"/api/stories/{theirs}{path}")
        other = await stored_door.get(f"/api/stories/{none}{path}")
        assert one.status == other.status == 404
        assert one.error["code"] == "story_not_found"
        assert one.body.replace(theirs.encode(), b"") == other.body.replace(none.encode(), b"")


async def test_stories_are_listed_newest_first_in_pages_without_their_texts(stored_door: Door, town: Town) -> None:
    written = [finished_story(title=f"Story {number}") for number in range(3)]
    for number, (first, *rest) in enumerate(written):
        moment = controls.moment(1_000 * number)
        await town.write([first.model_copy(update={"timestamp": moment}), *rest])
    await town.write([requested(owner="somebody else")])
    for first, *_ in written:
        await until_listed(stored_door, first.story_id)
    page = (await stored_door.get("/api/stories?limit=2")).json
    assert [story["title"] for story in page["stories"]] == ["Story 2", "Story 1"]
    assert [story["generatedContent"] for story in page["stories"]] == [None, None]
    last = await stored_door.get("/api/stories", params={"limit": "2", "before": page["next"]})
    assert [story["title"] for story in last.json["stories"]] == ["Story 0"]
    assert last.json.keys() == {"stories"}


async def until_listed(door: Door, story_id: str) -> None:
    """Wait until the store shows the story to its end."""

    async def listed() -> bool:
        stories = (await door.get("/api/stories?limit=100")).json["stories"]
        return (story_id, "complete") in {(story["storyId"], story["status"]) for story in stories}

    await eventually(listed, f"{story_id} to be listed")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=many", "limit"),
        ("?before=" + "a" * 201, "before"),
        ("/{story}/events?after=-1", "after"),
        ("/{story}/events?after=x", "after"),
        (f"/{{story}}/events?after={2**53}", "after"),
        ("/{story}/events?after=" + "9" * 5_000, "after"),
        ("/{story}/events?limit=0", "limit"),
        ("/{story}/events?limit=1001", "limit"),
    ],
)
async def test_a_parameter_that_makes_no_sense_is_named(query: str, field: str, door: Door, town: Town) -> None:
    event = requested()
    await town.write([event])
    answer = await door.get("/api/stories" + query.replace("{story}", event.story_id))
    assert (answer.status, answer.error["code"], answer.error["field"]) == (422, "parameter_invalid", field)


async def test_a_cursor_that_nobody_gave_is_named(stored_door: Door) -> None:
    for cursor in ("nothing", "\0*", "W10"):
        answer = await stored_door.get("/api/stories", params={"before": cursor})
        assert (answer.status, answer.error["code"], answer.error["field"]) == (422, "parameter_invalid", "before")


async def test_a_story_reads_as_it_was_after_each_of_its_events(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    for sequence in range(1, len(events) + 1):
        answer = await door.get(f"/api/stories/{events[0].story_id}?at={sequence}")
        state = fold(events[:sequence])
        assert state is not None
        assert (answer.status, answer.body) == (200, state.body())


async def test_what_has_not_happened_is_refused_with_how_much_has(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    answer = await door.get(f"/api/stories/{events[0].story_id}?at=7")
    assert answer.status == 422
    assert answer.error["field"] == "at"
    assert answer.error["limit"] == 6
    for nonsense in ("0", "-1", "x", "1.5"):
        refused = await door.get(f"/api/stories/{events[0].story_id}?at={nonsense}")
        assert (refused.status, refused.error["field"]) == (422, "at")


async def test_the_past_of_a_story_that_is_not_the_askers_is_as_hidden_as_its_present(
    stored_door: Door, town: Town
) -> None:
    events = finished_story(owner="somebody else")
    await town.write(events)
    assert (await stored_door.get(f"/api/stories/{events[0].story_id}?at=1")).status == 404
