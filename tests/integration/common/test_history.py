from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts import subjects
from contracts.events import Event, UnknownEvent
from contracts.queries import EventsQuery, EventsReply, LoggedEvent, QueryFailed
from contracts.story import fold
from contracts.streams import STORIES
from services.common import topology
from services.common.clock import new_id
from services.common.history import Head, History, Recorded
from services.common.stored import Unreadable
from services.common.write_guard import WriteGuard
from tests import controls
from tests.integration import newer
from tests.integration.common.conftest import connected
from tests.servers import Server

STORY = controls.STORY


async def _write(client: Client, *events: Event) -> Head:
    guard = WriteGuard(client, "tests", new_id, lambda: 0.0)
    head = Head(events[0].story_id)
    for event in events:
        head = await guard.append(head, event)
    return head


@pytest.fixture
async def alone(own_nats: Server) -> AsyncIterator[Client]:
    """A client of a nats-server where no store answers but the one that the test stands in for."""
    async with connected(own_nats.url) as client:
        await topology.declare(client.jetstream(timeout=5), new_id)
        yield client


def _logged(recorded: Recorded) -> LoggedEvent:
    envelope = recorded.envelope
    return LoggedEvent.model_validate(
        {
            "id": envelope.id,
            "kind": envelope.kind,
            "version": envelope.version,
            "source": envelope.source,
            "time": envelope.time,
            "correlation": envelope.correlation,
            "causation": envelope.causation,
            "sequence": recorded.event.sequence,
            "position": recorded.position,
            "epoch": "epoch",
            "payload": recorded.body.decode(),
        }
    )


@asynccontextmanager
async def _log(client: Client, recorded: Sequence[Recorded], page: int = 2) -> AsyncIterator[list[int]]:
    """Answer for the store, a few events a page. Gives the `after` of each query."""
    asked: list[int] = []

    async def answer(message: Msg) -> None:
        query = EventsQuery.model_validate_json(message.data)
        asked.append(query.after)
        found = [_logged(each) for each in recorded if each.event.sequence > query.after]
        following = found[page - 1].sequence if len(found) > page else None
        await message.respond(EventsReply(events=tuple(found[:page]), next=following).body())

    subscription = await client.subscribe(subjects.QUERY_EVENTS, cb=answer)
    try:
        yield asked
    finally:
        await subscription.unsubscribe()


async def _forget(client: Client, through: int) -> None:
    """Purge the story's events up to a sequence from JetStream; one story alone on a server has them for positions."""
    js = client.jetstream(timeout=5)
    await js.purge_stream(STORIES.name, seq=through + 1, subject=subjects.story_events(STORY))


async def test_a_story_that_nobody_knows_has_no_events_and_a_head_at_nothing(alone: Client) -> None:
    async with _log(alone, []):
        assert await History(alone).events(STORY) == []
        assert await History(alone).head(STORY) == Head(STORY)


async def test_events_after_a_sequence_are_those_above_it(client: Client, story: str) -> None:
    await _write(client, *controls.finished_story(story_id=story))
    history = History(client)
    assert [each.event.sequence for each in await history.events(story)] == [1, 2, 3, 4, 5, 6]
    assert [each.event.sequence for each in await history.events(story, after=4)] == [5, 6]
    assert await history.events(story, after=6) == []


async def test_events_come_with_their_very_bytes(client: Client, story: str) -> None:
    events = controls.cancelled_story(story_id=story, mood="unheard of")
    await _write(client, *events)
    assert [each.body for each in await History(client).events(story)] == [event.body() for event in events]


async def test_a_kind_that_only_a_newer_service_knows_has_its_place(client: Client, story: str) -> None:
    await _write(client, controls.requested(story_id=story), controls.unknown(2, story_id=story))
    head = await History(client).head(story)
    assert head.next_sequence == 3
    assert isinstance((await History(client).events(story))[-1].event, UnknownEvent)


async def _publish(js: JetStreamContext, story: str, body: bytes, headers: dict[str, str] | None) -> int:
    target = subjects.write_subject(subjects.story_subject(story, "processing.start"))
    return (await js.publish(target, body, stream=STORIES.name, headers=headers)).seq


async def test_a_message_that_is_no_event_has_no_part_in_the_story_but_its_position_counts(
    client: Client, js: JetStreamContext, story: str
) -> None:
    await _write(client, controls.requested(story_id=story))
    start = controls.start(story_id=story)
    await _publish(js, story, b"not even JSON", controls.envelope(start).headers())
    await _publish(js, story, b'{"storyId": "0"}', controls.envelope(start).headers())
    last = await _publish(js, story, start.body(), None)
    head = await History(client).head(story)
    assert (head.next_sequence, head.position) == (2, last)
    guard = WriteGuard(client, "tests", new_id, lambda: 0.0)
    await guard.append(head, start)
    assert [each.event.sequence for each in await History(client).events(story)] == [1, 2]


@pytest.mark.parametrize("forgotten", [1, 2, 3, 5, 6])
async def test_what_jetstream_no_longer_holds_comes_from_the_log(alone: Client, forgotten: int) -> None:
    head = await _write(alone, *controls.finished_story())
    whole = await History(alone).events(STORY)
    await _forget(alone, forgotten)
    async with _log(alone, whole):
        assert await History(alone).events(STORY) == whole
        assert await History(alone).events(STORY, after=1) == whole[1:]
        found = await History(alone).head(STORY)
    assert found.state == head.state == fold(controls.finished_story())
    assert found.envelope == head.envelope
    assert found.position == (head.position if forgotten < 6 else 0), "what JetStream checks is what it holds itself"


async def test_what_only_a_newer_service_knows_comes_from_the_log_as_it_came_from_jetstream(alone: Client) -> None:
    await _write(alone, *newer.story(STORY))
    told = await History(alone).events(STORY)
    assert [type(each.event) for each in told[2:]] == [UnknownEvent, UnknownEvent]
    await _forget(alone, 4)
    async with _log(alone, told):
        assert await History(alone).events(STORY) == told


async def test_the_log_is_not_asked_for_what_jetstream_holds(alone: Client) -> None:
    await _write(alone, *controls.finished_story())
    whole = await History(alone).events(STORY)
    async with _log(alone, whole) as asked:
        await History(alone).events(STORY)
        await History(alone).head(STORY)
        await _forget(alone, 3)
        await History(alone).events(STORY, after=3)
        assert asked == []
        await History(alone).events(STORY, after=1)
        assert asked == [1]


async def test_a_story_that_jetstream_forgot_goes_on(alone: Client) -> None:
    await _write(alone, *controls.failed_story())
    whole = await History(alone).events(STORY)
    await _forget(alone, 3)
    async with _log(alone, whole):
        head = await History(alone).head(STORY)
        await WriteGuard(alone, "tests", new_id, lambda: 0.0).append(head, controls.retry_requested(4))
        assert [each.event.sequence for each in await History(alone).events(STORY)] == [1, 2, 3, 4]


async def test_what_is_stored_while_the_log_is_asked_has_its_position(alone: Client) -> None:
    await _write(alone, *controls.failed_story())
    whole = await History(alone).events(STORY)
    await _forget(alone, 3)
    retry = controls.retry_requested(4)
    guard = WriteGuard(alone, "tests", new_id, lambda: 0.0)
    written: list[Head] = []

    async def answer(message: Msg) -> None:
        if not written:  # and the store has it before it answers
            written.append(await guard.append(Head(STORY, fold(each.event for each in whole)), retry))
            whole.extend(await History(alone).events(STORY, after=3))
        query = EventsQuery.model_validate_json(message.data)
        later = [_logged(each) for each in whole if each.event.sequence > query.after]
        await message.respond(EventsReply(events=tuple(later), next=None).body())

    await alone.subscribe(subjects.QUERY_EVENTS, cb=answer)
    head, events = await History(alone).whole(STORY)
    assert [each.event.sequence for each in events] == [1, 2, 3, 4]
    assert head.position == written[0].position


async def test_a_log_that_nobody_answers_for_is_said_to_be_the_stores(alone: Client) -> None:
    await _write(alone, *controls.finished_story())
    await _forget(alone, 3)
    with pytest.raises(Unreadable, match="MONGODB_URL"):
        await History(alone).events(STORY)


async def test_a_log_that_can_not_be_read_is_said_to_be_the_stores(alone: Client) -> None:
    async def fail(message: Msg) -> None:
        await message.respond(QueryFailed(error="MongoDB is away").body())

    await alone.subscribe(subjects.QUERY_EVENTS, cb=fail)
    with pytest.raises(Unreadable, match="MONGODB_URL"):
        await History(alone).head(STORY)
