"""What becomes of uploads without a story."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog
from nats.js.errors import ObjectNotFoundError

from contracts.streams import UPLOADS, UPLOADS_CHUNKS, UPLOADS_STREAM
from services.common.clock import new_id
from services.common.settings import Settings
from services.gateway.abandoned_uploads import AbandonedUploads
from services.gateway.link import Link
from tests import controls
from tests.integration.gateway.town import Town, eventually, requested

LOGGER = structlog.stdlib.get_logger("tests")
AGE = 600.0


class Sweeper:
    """Abandoned uploads, and a hand on the time."""

    def __init__(self, town: Town, link: Link) -> None:
        self._now = 0.0
        self._abandoned = AbandonedUploads(link, town.history, LOGGER, lambda: self._now, AGE)

    async def sweep(self, *, after: float) -> None:
        self._now += after
        await self._abandoned.sweep()


@pytest.fixture
async def sweeper(town: Town) -> AsyncIterator[Sweeper]:
    async with _sweeper(town) as sweeper:
        yield sweeper


@asynccontextmanager
async def _sweeper(town: Town) -> AsyncIterator[Sweeper]:
    link = Link(Settings(nats_url=town.nats.url_of("gateway")), LOGGER, lambda _: None)

    async def nothing() -> None:
        """Nothing has to be known first."""

    async def open_() -> bool:
        return link.up

    async with link.kept_open([], first=nothing):
        await eventually(open_, "the link")
        yield Sweeper(town, link)


async def put(town: Town, name: str, content: bytes = b"Once there was a lamp.") -> None:
    await (await town.client.jetstream().object_store(UPLOADS)).put(name, content)


async def test_an_upload_whose_story_was_never_asked_for_goes_away(
    town: Town, sweeper: Sweeper, mongodb_url: str
) -> None:
    before, name = await town.uploads(), f"{new_id()}-{new_id()}"
    await put(town, name, bytes(300_000))
    async with town.store(mongodb_url):
        await sweeper.sweep(after=0)
        await sweeper.sweep(after=AGE - 1)
        assert len(await town.upload(name)) == 300_000, "its story may still be asked for"
        await sweeper.sweep(after=1)
    with pytest.raises(ObjectNotFoundError):
        await town.upload(name)
    assert await town.uploads() == before


async def test_it_stays_as_long_as_nobody_can_say_that_there_is_no_story(town: Town, sweeper: Sweeper) -> None:
    name = f"{new_id()}-{new_id()}"
    await put(town, name)
    for _ in range(3):  # no store is there, and it might know the story
        await sweeper.sweep(after=AGE)
    assert await town.upload(name)


async def test_the_file_of_a_story_stays_for_ever_and_a_second_one_goes(
    town: Town, sweeper: Sweeper, mongodb_url: str
) -> None:
    story_id = new_id()
    names = [f"{story_id}-{new_id()}" for _ in range(2)]
    for name in names:
        await put(town, name)
    await town.write(
        [requested(story_id=story_id, file=controls.requested().file.model_copy(update={"object": names[0]}))]
    )
    async with town.store(mongodb_url):
        for _ in range(3):
            await sweeper.sweep(after=AGE)
    assert await town.upload(names[0])
    with pytest.raises(ObjectNotFoundError):
        await town.upload(names[1])


async def test_a_story_that_is_asked_for_late_keeps_its_file(town: Town, sweeper: Sweeper, mongodb_url: str) -> None:
    story_id = new_id()
    name = f"{story_id}-{new_id()}"
    await put(town, name)
    async with town.store(mongodb_url):
        await sweeper.sweep(after=0)
        await town.write(
            [requested(story_id=story_id, file=controls.requested().file.model_copy(update={"object": name}))]
        )
        await sweeper.sweep(after=2 * AGE)
        await sweeper.sweep(after=2 * AGE)
    assert await town.upload(name)


async def test_pieces_of_a_file_that_was_never_finished_go_away(town: Town, sweeper: Sweeper) -> None:
    js, before = town.client.jetstream(), await town.uploads()
    for _ in range(3):
        await js.publish(UPLOADS_CHUNKS + new_id(), bytes(1_000), stream=UPLOADS_STREAM)
    await sweeper.sweep(after=0)
    await sweeper.sweep(after=AGE)
    assert await town.uploads() == before


async def test_what_was_seen_before_an_outage_does_not_count(town: Town, sweeper: Sweeper) -> None:
    js, before = town.client.jetstream(), await town.uploads()
    await js.publish(UPLOADS_CHUNKS + new_id(), bytes(1_000), stream=UPLOADS_STREAM)
    await sweeper.sweep(after=0)
    town.nats.pause()
    await sweeper.sweep(after=AGE)
    town.nats.resume()
    await sweeper.sweep(after=0)
    assert await town.uploads() == before + 1
    await sweeper.sweep(after=AGE)
    assert await town.uploads() == before
