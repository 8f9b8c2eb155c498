import asyncio
import json

import pytest
from prometheus_client import CollectorRegistry

from contracts import subjects
from contracts.queries import (
    EventsQuery,
    EventsReply,
    ListQuery,
    ListReply,
    QueryFailed,
    StoryQuery,
    StoryReply,
)
from contracts.story import fold
from services.common.clock import new_id
from services.common.history import History
from services.store.queries import PAGE_BYTES
from tests import controls
from tests.integration.store.shelf import MONGODB_GOES_AWAY, Shelf, story
from tests.servers import Server


async def test_a_story_is_answered_as_it_stands(shelf: Shelf) -> None:
    events = story()
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)

        reply = await shelf.ask(subjects.QUERY_STORY, StoryQuery(story_id=events[0].story_id), StoryReply)

    assert reply.story == fold(events)


async def test_an_unknown_story_is_null(shelf: Shelf) -> None:
    async with shelf.store():
        reply = await shelf.client.request(subjects.QUERY_STORY, StoryQuery(story_id=new_id()).body(), timeout=5)

    assert json.loads(reply.data) == {"story": None}


async def test_a_list_goes_page_by_page_from_the_newest_to_the_oldest_without_texts(shelf: Shelf) -> None:
    moments = [controls.moment(number // 2) for number in range(7)]  # two at a time at the same moment
    stories = [controls.finished_story(story_id=new_id(), timestamp=moment) for moment in moments]
    strange = controls.finished_story(story_id=new_id(), owner="bob")
    async with shelf.store():
        for events in (*stories, strange):
            await shelf.write(events)
            await shelf.shows(events)
        pages = [await shelf.ask(subjects.QUERY_LIST, ListQuery(owner="ada", limit=3), ListReply)]
        while (place := pages[-1].next) is not None:
            query = ListQuery(owner="ada", limit=3, before=place)
            pages.append(await shelf.ask(subjects.QUERY_LIST, query, ListReply))

    listed = [state for page in pages for state in page.stories]
    states = [state for events in stories if (state := fold(events)) is not None]
    expected = sorted(states, key=lambda state: (state.created_at, state.story_id))
    assert [len(page.stories) for page in pages] == [3, 3, 1]
    assert listed == [state.model_copy(update={"generated_content": None}) for state in reversed(expected)]


async def test_an_owner_without_stories_has_an_empty_list(shelf: Shelf) -> None:
    async with shelf.store():
        reply = await shelf.ask(subjects.QUERY_LIST, ListQuery(owner="nobody"), ListReply)

    assert reply == ListReply(stories=(), next=None)


async def test_events_go_page_by_page_after_a_sequence(shelf: Shelf) -> None:
    events = story()
    story_id = events[0].story_id
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)
        first = await shelf.ask(subjects.QUERY_EVENTS, EventsQuery(story_id=story_id, after=1, limit=3), EventsReply)
        rest = await shelf.ask(subjects.QUERY_EVENTS, EventsQuery(story_id=story_id, after=4, limit=2), EventsReply)
        none = await shelf.ask(subjects.QUERY_EVENTS, EventsQuery(story_id=story_id, after=6), EventsReply)
        unknown = await shelf.ask(subjects.QUERY_EVENTS, EventsQuery(story_id=new_id()), EventsReply)

    assert ([event.sequence for event in first.events], first.next) == ([2, 3, 4], 4)
    assert ([event.sequence for event in rest.events], rest.next) == ([5, 6], None)
    assert [event.payload.encode() for event in (*first.events, *rest.events)] == [event.body() for event in events[1:]]
    assert none == unknown == EventsReply(events=(), next=None)


async def test_a_page_of_events_ends_before_it_is_too_large_but_never_empty(shelf: Shelf) -> None:
    story_id = new_id()
    large = "é\n" * (PAGE_BYTES // 3)  # with its escapes a page of its own
    events = [
        controls.requested(story_id=story_id),
        controls.progress(25, 2, story_id=story_id, message=large),
        controls.progress(50, 3, story_id=story_id, message=large),
        controls.progress(75, 4, story_id=story_id),
    ]
    pages = []
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)
        after: int | None = 0
        while after is not None:
            reply = await shelf.ask(subjects.QUERY_EVENTS, EventsQuery(story_id=story_id, after=after), EventsReply)
            pages.append([event.sequence for event in reply.events])
            after = reply.next

    assert pages == [[1], [2], [3], [4]]


async def test_a_page_of_events_ends_before_a_gap(shelf: Shelf) -> None:
    events = story()
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)
        await shelf.db["events"].delete_one({"storyId": events[0].story_id, "sequence": 3})

        reply = await shelf.ask(subjects.QUERY_EVENTS, EventsQuery(story_id=events[0].story_id), EventsReply)

    assert ([event.sequence for event in reply.events], reply.next) == ([1, 2], None)


async def test_the_log_answers_for_what_jetstream_holds_no_more(shelf: Shelf) -> None:
    events = story()
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)
        await shelf.client.jetstream().purge_stream("STORIES", seq=4)

        recorded = await History(shelf.client).events(events[0].story_id)

    assert [each.event for each in recorded] == list(events)
    assert [each.body for each in recorded] == [event.body() for event in events]


@pytest.mark.parametrize(
    ("subject", "query", "said", "field"),
    [
        (subjects.QUERY_STORY, b"", "not a StoryQuery", None),
        (subjects.QUERY_STORY, b"\xff", "not a StoryQuery", None),
        (
            subjects.QUERY_STORY,
            b'{"storyId": {"$gt": ""}}',
            "storyId: not a story id; a story id is 26 characters",
            "storyId",
        ),
        (subjects.QUERY_STORY, b'{"storyId": "*"}', "not a story id", "storyId"),
        (subjects.QUERY_LIST, b'{"owner": {"$ne": 1}}', "owner: Input should be a valid string", "owner"),
        (subjects.QUERY_LIST, b'{"owner": "ada", "limit": 101}', "less than or equal to 100", "limit"),
        (subjects.QUERY_LIST, b'{"owner": "ada", "limit": "20"}', "limit: Input should be a valid integer", "limit"),
        (subjects.QUERY_LIST, b'{"owner": "ada", "before": "x"}', "before: not the `next` of a page", "before"),
        (subjects.QUERY_EVENTS, b'{"storyId": "01jhv7w0000000000000000001", "after": -1}', "after", "after"),
        (
            subjects.QUERY_EVENTS,
            b'{"storyId": "01jhv7w0000000000000000001", "after": 36893488147419103232}',
            "after: Input should be less",
            "after",
        ),
    ],
)
async def test_a_query_that_cannot_be_served_is_answered_with_a_sentence(
    shelf: Shelf, subject: str, query: bytes, said: str, field: str | None
) -> None:
    async with shelf.store():
        for headers in ({}, {"content-type": "application/json"}):
            reply = await shelf.client.request(subject, query, timeout=5, headers=headers)
            failed = QueryFailed.model_validate_json(reply.data)
            assert said in failed.error
            assert failed.field == field


async def test_an_answer_that_does_not_fit_into_a_message_is_a_sentence_too(shelf: Shelf) -> None:
    quotes = '"' * (7 * 1024 * 1024 // 2)  # escaped once it fits into a message, escaped twice it does not
    events = [controls.requested(story_id=new_id()), controls.start(2), controls.progress(25, 3, message=quotes)]
    events = [event.model_copy(update={"story_id": events[0].story_id}) for event in events]
    async with shelf.store():
        await shelf.write(events)
        await shelf.shows(events)
        query = EventsQuery(story_id=events[0].story_id, after=2)
        reply = await shelf.ask(subjects.QUERY_EVENTS, query, QueryFailed)

    assert "max_payload" in reply.error


@MONGODB_GOES_AWAY
async def test_queries_are_answered_in_time_when_mongodb_is_gone(frail_shelf: Shelf, own_mongo: Server) -> None:
    shelf = frail_shelf
    async with shelf.store():
        own_mongo.pause()
        frozen = await shelf.ask(subjects.QUERY_STORY, StoryQuery(story_id=new_id()), QueryFailed)
        own_mongo.resume()
        await asyncio.to_thread(own_mongo.kill)
        killed = await shelf.ask(subjects.QUERY_LIST, ListQuery(owner="ada"), QueryFailed)
        await asyncio.to_thread(own_mongo.start)
        back = await shelf.ask(subjects.QUERY_LIST, ListQuery(owner="ada"), ListReply)

    assert frozen == killed == QueryFailed(error="MongoDB did not answer the store; is it up? (MONGODB_URL)")
    assert back.stories == ()


async def test_many_queries_at_once_are_all_answered(shelf: Shelf) -> None:
    events = story()
    query = StoryQuery(story_id=events[0].story_id)
    async with shelf.store(), shelf.store(CollectorRegistry()):
        await shelf.write(events)
        await shelf.shows(events)
        replies = await asyncio.gather(*(shelf.ask(subjects.QUERY_STORY, query, StoryReply) for _ in range(100)))

    assert {reply.body() for reply in replies} == {StoryReply(story=fold(events)).body()}
