"""What the store answers on `store.query.activity`."""

from datetime import UTC, datetime
from functools import partial

from contracts.events import Event
from contracts.queries import ActivityQuery, ActivityReply, DayActivity, Failures, ProcessingTimes
from contracts.subjects import QUERY_ACTIVITY
from services.common.clock import new_id
from services.store.projections.activity import ACTIVITY
from tests import controls
from tests.integration.store.shelf import Shelf, eventually

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = datetime(2026, 3, 2, 12, tzinfo=UTC)


def completed(milliseconds: int, **changes: object) -> list[Event]:
    every = {"story_id": new_id(), "timestamp": FIRST} | changes
    return [
        controls.requested(**every),
        controls.start(2, model="scripted", **every),
        controls.complete(3, processing_time=milliseconds, usage=controls.usage(), **every),
    ]


async def ask(shelf: Shelf, **query: str) -> tuple[DayActivity, ...]:
    return (await shelf.ask(QUERY_ACTIVITY, ActivityQuery(owner="ada", **query), ActivityReply)).days


async def kept(shelf: Shelf, *stories: list[Event]) -> None:
    for events in stories:
        await shelf.write(events)
        await shelf.shows(events)
        await eventually(partial(counted, shelf, events[-1]), "the story in the activity")


async def counted(shelf: Shelf, last: Event) -> bool:
    """Projections are written side by side: one that stands says nothing of the other."""
    found = await shelf.db[ACTIVITY.name].find_one({"_id": last.story_id})
    return found is not None and found["sequence"] == last.sequence


async def test_a_day_tells_of_requests_ends_words_tokens_and_exact_percentiles(shelf: Shelf) -> None:
    failed = list(controls.failed_story(story_id=new_id(), timestamp=FIRST))
    cancelled = list(controls.cancelled_story(story_id=new_id(), timestamp=FIRST))
    strange = completed(1, owner="bob")
    async with shelf.store():
        await kept(shelf, *(completed(each * 10) for each in (*range(1, 21), 20)), failed, cancelled, strange)
        scripted, unnamed = sorted(await ask(shelf), key=lambda day: day.model is None)

    assert scripted == DayActivity(
        day="2026-03-01",
        model="scripted",
        asked=21,
        completed=21,
        words=168,
        input_tokens=2_520,
        output_tokens=10_080,
        processing_time=ProcessingTimes(p50=110, p95=200),
    )
    assert unnamed == DayActivity(
        day="2026-03-01",
        model=None,
        asked=2,
        failed=(Failures(step="reading_file", code="empty_text", count=1),),
        cancelled=1,
    )


async def test_a_request_and_its_end_count_each_on_its_own_day(shelf: Shelf) -> None:
    story_id = new_id()
    asked, started, ended = completed(5, story_id=story_id)
    async with shelf.store():
        await kept(shelf, [asked, started, ended.model_copy(update={"timestamp": SECOND})])
        days = await ask(shelf)
        only_second = await ask(shelf, since="2026-03-02")
        only_first = await ask(shelf, until="2026-03-01")

    assert [(day.day, day.asked, day.completed) for day in days] == [("2026-03-01", 1, 0), ("2026-03-02", 0, 1)]
    assert (only_first, only_second) == (days[:1], days[1:])


async def test_nobody_sees_what_is_not_theirs(shelf: Shelf) -> None:
    async with shelf.store():
        await kept(shelf, completed(5, owner="bob"))
        assert await ask(shelf) == ()
