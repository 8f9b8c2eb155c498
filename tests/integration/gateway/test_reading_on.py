"""Reading on: what a watched story's last reading found is not read again, and nobody can tell."""

from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random

import pytest

from contracts.events import Deleted, Event
from contracts.queries import ListQuery
from contracts.streams import LIVE, STORIES
from contracts.subjects import story_events
from services.common import topology
from services.common.clock import new_id
from services.common.history import Head, History
from services.common.settings import Settings
from services.gateway.link import Link
from services.gateway.live import LiveReading
from services.gateway.stories import Reading, Stories
from tests import controls
from tests.integration.gateway.test_live_text import say
from tests.integration.gateway.town import LOGGER, Town, eventually, long_story
from tests.tokens import USER


@pytest.fixture
async def link(town: Town) -> AsyncIterator[Link]:
    """A gateway's own connection."""
    link = Link(Settings(nats_url=town.nats.url_of("gateway")), LOGGER, closed=lambda _: None)

    async def nothing() -> None:
        """Nobody is served."""

    async def up() -> bool:
        return link.up

    async with link.kept_open((), first=nothing):
        await eventually(up, "the connection")
        yield link


@pytest.fixture
def stories(link: Link) -> Stories:
    return Stories(link, History(link.client))


class Author:
    """Writes whatever may come next of one story."""

    def __init__(self, town: Town, chance: Random) -> None:
        self.story_id = new_id()
        self._town = town
        self._chance = chance
        self._head: Head | None = None
        self._attempt = 1
        self._pieces = 0

    async def go_on(self) -> None:
        await self._chance.choice(self._possible())()

    def _possible(self) -> list[Callable[[], Awaitable[None]]]:
        return [self._begin] if self._head is None else [self._progress, self._say, self._say, self._begin_again]

    async def _begin(self) -> None:
        await self._write(*long_story(self.story_id, 2))

    async def _progress(self) -> None:
        await self._write(controls.progress(50, self._sequence, story_id=self.story_id))

    async def _begin_again(self) -> None:
        self._attempt, self._pieces = self._attempt + 1, 0
        await self._write(controls.start(self._sequence, attempt=self._attempt, story_id=self.story_id))

    async def _say(self) -> None:
        await say(self._town, self.story_id, self._pieces, f"{self._pieces} ", self._attempt)
        self._pieces += 1

    async def delete(self) -> None:
        """As a gateway and the store do it."""
        await self._write(controls.deleted(self._sequence, story_id=self.story_id, owner=USER))
        await self._town.client.jetstream().purge_stream(STORIES.name, subject=story_events(self.story_id), keep=1)

    async def _write(self, *events: Event) -> None:
        self._head = await self._town.write(events, self._head)

    @property
    def _sequence(self) -> int:
        assert self._head
        return self._head.next_sequence


@pytest.mark.parametrize("seed", range(5))
async def test_it_finds_what_reading_everything_finds(town: Town, stories: Stories, seed: int) -> None:
    chance = Random(seed)
    author = Author(town, chance)
    await author.go_on()
    known = None
    for _ in range(25):
        for _ in range(chance.randrange(4)):
            await author.go_on()
        known = await stories.watched(author.story_id, known)
        alone = await stories.watched(author.story_id)
        assert known == alone
        assert known.live_text == alone.live_text
    await author.delete()
    known = await stories.watched(author.story_id, known)
    assert (known.head.deleted, [each.event.kind for each in known.events]) == (True, [Deleted.kind])
    assert known.live == LiveReading(), "what is left of its text is told to nobody"
    assert known == await stories.watched(author.story_id, known)


async def test_it_costs_what_is_new_however_long_the_story_is(town: Town, stories: Stories, link: Link) -> None:
    story_id = new_id()
    head = await town.write(long_story(story_id, 100))
    for index in range(100):
        await say(town, story_id, index, "word ")
    everything, known = await _messages(link, stories, story_id, None)
    await town.write([controls.progress(50, 101, story_id=story_id)], head)
    await say(town, story_id, 100, "word ")
    news, reading = await _messages(link, stories, story_id, known)
    assert (reading.sequence, len(reading.live.deltas)) == (101, 101)
    assert everything > 200
    assert news < 12


async def _messages(link: Link, stories: Stories, story_id: str, known: Reading | None) -> tuple[int, Reading]:
    """How many messages a reading took, and what it found."""
    before = link.client.stats["in_msgs"]
    reading = await stories.watched(story_id, known)
    return link.client.stats["in_msgs"] - before, reading


async def test_another_life_of_the_stream_is_read_from_its_beginning(town: Town, stories: Stories) -> None:
    story_id = new_id()
    await town.write(long_story(story_id, 3))
    known = await stories.watched(story_id)
    js = town.client.jetstream()
    await js.delete_stream(STORIES.name)
    await topology.declare(js, new_id)
    await town.write(long_story(story_id, 5))
    reading = await stories.watched(story_id, known)
    assert reading.epoch != known.epoch
    assert reading == await stories.watched(story_id)


async def test_another_life_of_the_stream_of_live_text_is_read_from_its_beginning(town: Town, stories: Stories) -> None:
    story_id = new_id()
    await town.write(long_story(story_id, 3))
    for index in range(3):
        await say(town, story_id, index, "word ")
    known = await stories.watched(story_id)
    js = town.client.jetstream()
    await js.delete_stream(LIVE.name)
    await topology.declare(js, new_id)
    for index in range(2):
        await say(town, story_id, index, "word ")
    reading = await stories.watched(story_id, known)
    assert (len(known.live.deltas), len(reading.live.deltas)) == (3, 2)
    assert reading == await stories.watched(story_id)


async def test_where_the_stream_holds_less_than_was_known_it_is_read_from_its_beginning(
    town: Town, stories: Stories, mongodb_url: str
) -> None:
    story_id = new_id()
    async with town.store(mongodb_url):
        await town.write(long_story(story_id, 3))
        known = await stories.watched(story_id)

        async def kept() -> bool:
            return [each.sequence for each in (await stories.page(ListQuery(owner=USER, limit=1))).stories] == [3]

        await eventually(kept, "the store to have it")
        await town.client.jetstream().purge_stream(STORIES.name, subject=story_events(story_id))
        reading = await stories.watched(story_id, known)
        assert [each.event.sequence for each in reading.events] == [1, 2, 3]
        assert reading.head.position == 0
