"""Readings are shared by those who asked before they began, and by nobody else."""

import asyncio
import gc
import weakref

import pytest

from services.common.history import Head
from services.gateway.refusal import Refused, unavailable
from services.gateway.shared_reading import SharedReading
from services.gateway.stories import Reading


class Log:
    """A log that tells how long it was when a reading began, and answers when it is let."""

    def __init__(self) -> None:
        self.length = 0
        self.readings = 0
        self.open = asyncio.Event()
        self.fails = False
        self.known: list[Reading | None] = []

    async def read(self, story_id: str, known: Reading | None) -> Reading:
        self.readings += 1
        self.known.append(known)
        position = self.length
        await self.open.wait()
        if self.fails:
            raise unavailable("away")
        return Reading(Head(story_id, position=position), [])


async def test_a_thousand_who_ask_at_once_share_one_reading() -> None:
    log = Log()
    log.open.set()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    await asyncio.gather(*(shared.get() for _ in range(1_000)))
    assert log.readings == 1


async def test_who_asks_while_one_is_being_read_gets_the_next_which_has_all_that_was_committed_before() -> None:
    log = Log()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    early = asyncio.create_task(shared.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert log.readings == 1
    log.length = 5
    late = [asyncio.create_task(shared.get()) for _ in range(10)]
    await asyncio.sleep(0)
    log.open.set()
    assert (await early).head.position == 0
    assert [reading.head.position for reading in await asyncio.gather(*late)] == [5] * 10
    assert log.readings == 2


async def test_who_asks_while_a_story_waits_for_its_turn_shares_its_reading() -> None:
    log, turns = Log(), asyncio.Semaphore()
    log.open.set()
    shared = SharedReading(log.read, "x", turns)
    async with turns:
        early = asyncio.create_task(shared.get())
        for _ in range(5):
            await asyncio.sleep(0)
        log.length = 5
        late = asyncio.create_task(shared.get())
        await asyncio.sleep(0)
    assert [reading.head.position for reading in await asyncio.gather(early, late)] == [5, 5]
    assert log.readings == 1


async def test_one_who_gives_up_takes_nobody_s_reading_away() -> None:
    log = Log()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    impatient, patient = (asyncio.create_task(shared.get()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    log.open.set()
    assert (await patient).head.position == 0


async def test_a_reading_that_fails_fails_for_all_who_share_it_and_the_next_may_succeed() -> None:
    log = Log()
    log.open.set()
    log.fails = True
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    failures = await asyncio.gather(*(shared.get() for _ in range(3)), return_exceptions=True)
    assert [str(failure) for failure in failures] == ["away"] * 3
    log.fails = False
    assert (await shared.get()).head.position == 0


async def test_what_one_reading_found_is_known_to_the_next() -> None:
    log = Log()
    log.open.set()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    first = await shared.get()
    second = await shared.get()
    await shared.get()
    assert log.known == [None, first, second]


async def test_it_is_known_for_a_while_only() -> None:
    log = Log()
    log.open.set()
    shared = SharedReading(log.read, "x", asyncio.Semaphore(), kept=0)
    await shared.get()
    await asyncio.sleep(0.01)
    await shared.get()
    assert log.known == [None, None]


async def test_what_was_forgotten_or_could_not_be_read_is_known_to_nobody() -> None:
    log = Log()
    log.open.set()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    await shared.get()
    shared.forget()
    await shared.get()
    log.fails = True
    with pytest.raises(Refused):
        await shared.get()
    log.fails = False
    await shared.get()
    assert [known is None for known in log.known] == [True, True, False, True]


async def test_a_reading_begins_anew_when_what_it_knew_is_forgotten_meanwhile() -> None:
    log = Log()
    log.open.set()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    waiting = await second_reading(shared, log)
    log.length = 5
    shared.forget()
    log.open.set()
    assert (await waiting).head.position == 5
    assert [known is None for known in log.known] == [True, False, True]


async def test_what_is_forgotten_is_held_by_nobody() -> None:
    log = Log()
    log.open.set()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    reading = weakref.ref(await shared.get())
    await asyncio.sleep(0)
    assert reading() is not None
    shared.forget()
    log.known.clear()
    gc.collect()
    assert reading() is None


async def test_nothing_is_begun_anew_or_kept_when_nobody_asks_any_more() -> None:
    log = Log()
    log.open.set()
    shared = SharedReading(log.read, "x", asyncio.Semaphore())
    waiting = await second_reading(shared, log)
    shared.close()
    log.open.set()
    reading = weakref.ref(await waiting)
    del waiting
    await asyncio.sleep(0)
    log.known.clear()
    gc.collect()
    assert reading() is None
    assert log.readings == 2


async def second_reading(shared: SharedReading, log: Log) -> "asyncio.Task[Reading]":
    """One that has begun, knowing the first, and does not end before the log is open."""
    await shared.get()
    log.open.clear()
    waiting = asyncio.create_task(shared.get())
    while log.readings < 2:
        await asyncio.sleep(0)
    return waiting
