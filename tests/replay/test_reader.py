"""The reader believes nothing: stores that answer wrongly are found out, and those that answer truly are not blamed."""

from collections.abc import Iterable

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.events import Event, Wire
from contracts.queries import EventsReply, ListReply, LoggedEvent, StoryReply
from contracts.story import StoryState, fold
from contracts.subjects import QUERY_EVENTS, QUERY_LIST, QUERY_STORY
from tests import controls
from tests.replay.reader import Reader

EVENTS = controls.finished_story()


def state(sequence: int, **changes: object) -> StoryState:
    folded = fold(EVENTS[:sequence])
    assert folded is not None
    return folded.model_copy(update=changes)


def logged(event: Event) -> LoggedEvent:
    envelope = controls.envelope(event)
    place = {"sequence": event.sequence, "position": event.sequence, "epoch": "one", "payload": event.body().decode()}
    return LoggedEvent.model_validate(vars(envelope) | place)


async def answer(client: Client, subject: str, replies: Iterable[Wire]) -> None:
    """A store that says these things, one after the other."""
    left = iter(replies)

    async def say(message: Msg) -> None:
        await message.respond(next(left).body())

    await client.subscribe(subject, cb=say)


async def read(client: Client, *stories: StoryState | None) -> Reader:
    await answer(client, QUERY_STORY, (StoryReply(story=story) for story in stories))
    await answer(client, QUERY_EVENTS, (EventsReply(events=tuple(map(logged, EVENTS)), next=None) for _ in stories))
    reader = Reader(client, [controls.STORY])
    for _ in stories:
        await reader.story(controls.STORY)
    return reader


async def test_a_story_that_moves_on_is_well(client: Client) -> None:
    reader = await read(client, None, state(2), state(2), state(6))
    assert (reader.failed, reader.stale, reader.mixed) == ([], [], [])
    assert len(reader.took) == 7


@pytest.mark.parametrize("then", [state(2), None])
async def test_a_story_that_goes_back_or_away_is_stale(client: Client, then: StoryState | None) -> None:
    assert (await read(client, state(3), then)).stale


async def test_a_story_that_its_events_do_not_make_is_untrue(client: Client) -> None:
    assert (await read(client, state(3, title="Another"))).mixed


async def listed(client: Client, *pages: tuple[StoryState, ...]) -> Reader:
    await answer(client, QUERY_LIST, (ListReply(stories=page, next=None) for page in pages))
    reader = Reader(client, [])
    for _ in pages:
        await reader.list()
    return reader


async def test_a_page_without_a_story_that_was_on_it_is_untrue(client: Client) -> None:
    other = state(1, story_id=controls.OTHER_STORY)
    assert not (await listed(client, (state(1),), (other, state(2)))).mixed
    assert (await listed(client, (state(1), other), (other,))).mixed


async def test_a_read_that_nobody_answers_has_failed(client: Client) -> None:
    reader = Reader(client, [])
    await reader.list()
    assert reader.failed
