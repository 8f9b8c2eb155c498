"""A watch that may have missed something tells nothing more until it knows what."""

import asyncio

from contracts.events import Event
from services.common.clock import new_id
from services.common.connection import options, round_trip
from services.common.history import Head
from services.common.settings import Settings
from services.gateway.ear import Ear
from services.gateway.frames import event_frame
from services.gateway.parcel import Parcel
from services.gateway.shared_reading import SharedReading
from services.gateway.stories import Reading
from services.gateway.viewer import Viewer
from services.gateway.watch import Watch
from tests import controls
from tests.integration.gateway.town import LOGGER, Town, eventually, long_story


class Screen:
    """What a socket was sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, parcel: Parcel) -> int:
        self.frames += [each.frame for each in parcel.said]
        return 1

    async def room(self) -> None:
        """There always is."""


def frames(events: list[Event]) -> list[bytes]:
    return [event_frame(event.kind, event.body()) for event in events]


def uncounted(parcel: Parcel, copies: int) -> None:
    """Nobody asks how many."""


async def test_what_was_dropped_is_read_again_and_what_was_held_follows(town: Town) -> None:
    story_id = new_id()
    events = long_story(story_id, 9)
    screen = Screen()
    reading = asyncio.Event()

    async def read(story_id: str, _: Reading | None) -> Reading:
        found = Reading(*await town.history.whole(story_id))
        await reading.wait()
        return found

    async def all_seen() -> bool:
        return len(screen.frames) == len(events)

    ear = Ear()
    await ear.connect(**options("tests", Settings(nats_url=town.nats.url), LOGGER))
    watch, viewer = (
        Watch(story_id, ear, SharedReading(read, story_id, asyncio.Semaphore()), uncounted),
        Viewer(screen, uncounted),
    )
    watch.crowd.admit(viewer)
    await watch.listening()
    await watch.crowd.begin(viewer, Reading(Head(story_id), []), 0)
    head = await town.write(events[:3])
    await all_is_heard(ear)
    watch.lost()
    head = await town.write(events[3:5], head)
    await all_is_heard(ear)
    assert screen.frames == frames(events[:3])
    watch.back()
    await asyncio.sleep(0)  # the reading has begun
    await town.write(events[5:], head)
    reading.set()
    await eventually(all_seen, "everything to be told")
    assert screen.frames == frames(events)
    assert watch.crowd.dismiss(viewer)
    await watch.close()
    await ear.close()


async def all_is_heard(ear: Ear) -> None:
    """Everything that NATS had to tell has been heard."""
    await round_trip(ear)


async def test_what_was_read_is_forgotten_when_the_connection_goes_and_when_the_story_goes(town: Town) -> None:
    story_id = new_id()
    known: list[Reading | None] = []

    async def read(story_id: str, last: Reading | None) -> Reading:
        known.append(last)
        return Reading(*await town.history.whole(story_id))

    ear = Ear()
    await ear.connect(**options("tests", Settings(nats_url=town.nats.url), LOGGER))
    watch = Watch(story_id, ear, SharedReading(read, story_id, asyncio.Semaphore()), uncounted)
    await watch.listening()
    head = await town.write(long_story(story_id, 2))
    await all_is_heard(ear)
    for _ in range(2):
        await watch.reading(story_id)
    watch.lost()
    for _ in range(2):
        await watch.reading(story_id)
    assert [last is None for last in known] == [True, False, True, False]
    await town.write([controls.deleted(3, story_id=story_id)], head)
    await all_is_heard(ear)
    await watch.reading(story_id)
    assert known[-1] is None
    await watch.close()
    await ear.close()
