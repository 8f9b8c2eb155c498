"""A deleted story: nothing of it is left, anywhere, whenever the store that takes it away is killed."""

import hashlib
import json
from collections.abc import AsyncIterator

import pytest
import structlog
from nats.js.errors import NotFoundError
from prometheus_client import CollectorRegistry

from contracts.dead_letters import DeadLetter
from contracts.events import Event
from contracts.queries import EventsQuery, EventsReply, ListQuery, ListReply, StoryQuery, StoryReply
from contracts.story import Gone
from contracts.streams import DEAD_LETTERS, LIVE, STORIES, UPLOADS, UPLOADS_STREAM
from contracts.subjects import (
    QUERY_EVENTS,
    QUERY_LIST,
    QUERY_STORY,
    dead_subject,
    live_subject,
    story_events,
    write_subject,
)
from services.common.clock import new_id
from services.common.stored import read as stored
from services.common.topology import epoch_of
from services.store.entry import Entry, read
from services.store.erasure import Erasure
from services.store.metrics import Metrics
from services.store.places import collections_of
from services.store.projections.registry import PROJECTIONS
from services.store.projections.stories import STORIES as STORIES_PROJECTION
from services.store.replay.rebuild import Rebuild
from tests import controls
from tests.integration.store.shelf import Shelf, eventually

CANARY = "canary-7f3a"
LOGGER = structlog.stdlib.get_logger("tests")


class Life:
    """A story that has left traces everywhere, and whose owner wants it gone."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.id = new_id()
        file = controls.file().model_copy(update={"object": f"{self.id}-{new_id()}", "name": f"{CANARY}.txt"})
        finished = controls.finished_story(story_id=self.id)
        told = {"title": CANARY, "prompt": CANARY, "file": file}
        self.events: list[Event] = [
            controls.requested(story_id=self.id, **told),
            *finished[1:-1],
            controls.complete(story_id=self.id, generated_content=CANARY),
        ]
        self.deletion = controls.deleted(story_id=self.id)
        self.file = file

    async def live(self) -> None:
        """All of it but its end: events, upload, live text, a dead letter."""
        js = self.shelf.client.jetstream()
        await self.shelf.declare()
        await (await js.object_store(UPLOADS)).put(self.file.object, CANARY.encode())
        await self.shelf.write(self.events)
        delta = controls.delta(story_id=self.id, text=CANARY)
        await js.publish(write_subject(live_subject(self.id, delta.kind)), delta.body(), stream=LIVE.name)
        position = (await js.get_last_msg(STORIES.name, story_events(self.id))).seq or 0
        epoch = epoch_of(await js.stream_info(STORIES.name))
        letter = DeadLetter(
            "generator",
            "failing",
            "it failed",
            "s",
            epoch,
            position,
            6,
            "2026-01-31T09:30:00.250Z",
            {},
            CANARY.encode(),
        )
        target = write_subject(dead_subject("generator", epoch, position))
        await js.publish(target, letter.body, stream=DEAD_LETTERS.name, headers=letter.as_headers())

    async def end(self) -> None:
        """Its owner deletes it."""
        await self.shelf.write_behind(self.events, self.deletion)

    async def traces(self) -> list[str]:
        """Where anything of what was written can still be found."""
        found = []
        for name in await self.shelf.db.list_collection_names():
            documents = [str(document) async for document in self.shelf.db[name].find()]
            found += [f"collection {name}" for document in documents if CANARY in document]
        for stream in (STORIES.name, LIVE.name, DEAD_LETTERS.name, UPLOADS_STREAM):
            async for message in stored(self.shelf.client, stream, ">"):
                if CANARY in message.body.decode(errors="replace") + str(message.headers):
                    found.append(f"stream {stream}, {message.subject}")
        return found

    async def is_erased(self) -> bool:
        """Whether the store has settled the deletion."""
        info = await self.shelf.client.jetstream().consumer_info(STORIES.name, "store")
        return bool(info.num_pending == 0 and info.num_ack_pending == 0)


@pytest.fixture
async def life(shelf: Shelf) -> Life:
    life = Life(shelf)
    await life.live()
    return life


async def test_what_it_left_everywhere_is_gone_and_of_its_events_there_are_tombstones(life: Life, shelf: Shelf) -> None:
    async with shelf.store():
        await shelf.shows(life.events)
        assert (
            len(await life.traces()) >= 7
        )  # log, projection, stream, live text, letter, description and pieces of the file
        await life.end()
        await eventually(life.is_erased, "the story to be erased")
    assert await life.traces() == []
    *tombstones, deletion = await shelf.log(life.id)
    assert [(each["sequence"], each["kind"], each["time"]) for each in tombstones] == [
        (event.sequence, event.kind, json.loads(event.body())["timestamp"]) for event in life.events
    ]
    assert [each["erased"] for each in tombstones] == [hashlib.sha256(e.body()).hexdigest() for e in life.events]
    assert deletion["payload"].encode() == life.deletion.body()


async def test_its_last_event_stays_in_the_stream_so_that_nobody_writes_on(life: Life, shelf: Shelf) -> None:
    async with shelf.store():
        await life.end()
        await eventually(life.is_erased, "the story to be erased")
    left = [message.body async for message in stored(shelf.client, STORIES.name, story_events(life.id))]
    assert left == [life.deletion.body()]


async def test_who_asks_the_store_finds_nothing_but_that_it_was_deleted(life: Life, shelf: Shelf) -> None:
    async with shelf.store():
        await shelf.shows(life.events)
        await life.end()
        await eventually(life.is_erased, "the story to be erased")
        story = await shelf.ask(QUERY_STORY, StoryQuery(story_id=life.id), StoryReply)
        events = await shelf.ask(QUERY_EVENTS, EventsQuery(story_id=life.id), EventsReply)
        listed = await shelf.ask(QUERY_LIST, ListQuery(owner="ada"), ListReply)
    assert story.story is None
    assert [event.kind for event in events.events] == ["deleted"]
    assert listed.stories == ()


@pytest.mark.parametrize("after", range(8))
async def test_a_store_that_is_killed_after_any_step_is_made_up_for_by_the_next(
    after: int, life: Life, shelf: Shelf
) -> None:
    async with shelf.store():
        await shelf.shows(life.events)
        await eventually(life.is_erased, "the story to be stored")
    await life.end()
    await shelf.records().keep([await deletion_of(life)])
    erasure = Erasure(shelf.db, shelf.db, shelf.client, LOGGER)
    assert len(erasure.steps) == 7
    for step in erasure.steps[:after]:
        await step(await deletion_of(life))

    async with shelf.store(CollectorRegistry()):
        await eventually(life.is_erased, "the story to be erased")
    assert await life.traces() == []
    assert len(await shelf.log(life.id)) == len(life.events) + 1


async def deletion_of(life: Life) -> Entry:
    """The deletion as a store takes it."""
    js = life.shelf.client.jetstream()
    message = await js.get_last_msg(STORIES.name, story_events(life.id))
    epoch = epoch_of(await js.stream_info(STORIES.name))
    return read(str(message.subject), message.headers, message.data or b"", message.seq or 0, epoch)


async def test_a_store_that_was_late_brings_nothing_back(life: Life, shelf: Shelf) -> None:
    """It had the story's events in hand, and was frozen before it wrote them."""
    late = [entry async for entry in entries(life)]
    await life.end()
    async with shelf.store():
        await eventually(life.is_erased, "the story to be erased")
        records = shelf.records()
        await records.keep(late)
    assert await life.traces() == []
    for projection in PROJECTIONS:
        document = await shelf.db[collections_of(projection.name)[0]].find_one({"_id": life.id})
        assert document is not None
        assert projection.read(document) == Gone(story_id=life.id, sequence=7)


async def test_a_store_that_was_late_with_all_but_the_deletion_brings_nothing_back(life: Life, shelf: Shelf) -> None:
    late = [entry async for entry in entries(life)]
    await life.end()
    await shelf.records().keep([await deletion_of(life)])
    await Erasure(shelf.db, shelf.db, shelf.client, LOGGER).erase(await deletion_of(life))
    await shelf.records().keep(late)
    assert await life.traces() == []


async def entries(life: Life) -> AsyncIterator[Entry]:
    epoch = epoch_of(await life.shelf.client.jetstream().stream_info(STORIES.name))
    async for message in stored(life.shelf.client, STORIES.name, story_events(life.id)):
        yield read(message.subject, message.headers, message.body, message.position, epoch)


async def test_a_story_that_no_store_has_ever_seen_is_erased_as_well(life: Life, shelf: Shelf) -> None:
    await life.end()
    async with shelf.store():
        await eventually(life.is_erased, "the story to be erased")
    assert await life.traces() == []


async def test_others_are_left_alone(life: Life, shelf: Shelf) -> None:
    other = controls.finished_story(story_id=new_id())
    async with shelf.store():
        await shelf.write(other)
        await life.end()
        await shelf.shows(other)
        await eventually(life.is_erased, "the story to be erased")
        await shelf.shows(other)
    assert all(document["payload"] for document in await shelf.log(other[0].story_id))
    with pytest.raises(NotFoundError):
        await shelf.client.jetstream().get_last_msg(DEAD_LETTERS.name, ">")


@pytest.mark.parametrize("moment", ["announced", "folded", "swapped", "rolled back"])
async def test_a_rebuild_brings_nothing_back_whenever_the_story_was_deleted(
    moment: str, life: Life, shelf: Shelf
) -> None:
    rebuild = Rebuild(shelf.db, STORIES_PROJECTION, Metrics(CollectorRegistry()))

    async def delete_at(now: str) -> None:
        if now == moment:
            await life.end()
            await eventually(life.is_erased, "the story to be erased")
            assert await life.traces() == []

    async with shelf.store():
        await shelf.shows(life.events)
        await rebuild.begin()
        await delete_at("announced")
        await rebuild.fold(lambda _: None)
        await delete_at("folded")
        await rebuild.swap()
        await delete_at("swapped")
        await rebuild.begin_rollback()
        await rebuild.catch_up(lambda _: None)
        await rebuild.swap()
        await delete_at("rolled back")
    assert await life.traces() == []
