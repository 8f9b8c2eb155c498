"""What is listened to is told as it comes in, in the order in which it was sent; everything else is nats-py's, as ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import cast

import pytest
import uvloop
from nats.aio.transport import TcpTransport
from nats.errors import Error as NatsError

from services.common.connection import options, round_trip
from services.common.settings import Settings
from services.gateway.ear import Ear
from tests.integration.gateway.town import LOGGER, Town, eventually

LONG = b"x" * 3_000_000


class Notes:
    """What was told, by subject."""

    def __init__(self) -> None:
        self.told: list[tuple[bytes, bytes]] = []

    def hear(self, subject: bytes, headers: bytes, body: bytes) -> None:
        assert headers.startswith(b"NATS/1.0\r\n")
        if body == b"unbearable":
            raise ValueError("unbearable")
        self.told.append((subject, body))

    async def until(self, body: bytes) -> None:
        async def told() -> bool:
            return any(each == body for _, each in self.told)

        await eventually(told, f"{body[:20]!r}")


@pytest.fixture
async def ear(town: Town) -> AsyncIterator[Ear]:
    ear = Ear()
    await ear.connect(**options("tests", Settings(nats_url=town.nats.url), LOGGER))
    yield ear
    await ear.close()


async def say(town: Town, subject: str, *bodies: bytes) -> None:
    for body in bodies:
        await town.client.publish(subject, body, headers={"a": "b"})


async def test_two_subscriptions_are_told_in_the_order_in_which_it_was_said(ear: Ear, town: Town) -> None:
    notes = Notes()
    await ear.listen("one", notes.hear)
    await ear.listen("two", notes.hear)
    await round_trip(ear)
    for number in range(200):
        await say(town, ("one", "two")[number % 2], b"%d" % number)
    await notes.until(b"199")
    assert notes.told == [((b"one", b"two")[number % 2], b"%d" % number) for number in range(200)]


async def test_long_and_short_messages_and_other_subscriptions_do_not_disturb_each_other(ear: Ear, town: Town) -> None:
    notes = Notes()
    others: list[bytes] = []

    async def note(message: object) -> None:
        others.append(message.data)  # type: ignore[attr-defined]

    await ear.listen("heard", notes.hear)
    await ear.subscribe("other", cb=note)
    await round_trip(ear)
    for turn in range(5):
        await say(town, "heard", b"a%d" % turn, LONG, b"b%d" % turn)
        await say(town, "other", LONG, b"%d" % turn)
        await town.client.publish("other", b"")
        await town.client.publish("heard", b"without headers goes to nobody")
        assert (await ear.request("$JS.API.INFO", timeout=5)).data.startswith(b"{")
    await notes.until(b"b4")
    assert [body for _, body in notes.told] == [each for n in range(5) for each in (b"a%d" % n, LONG, b"b%d" % n)]

    async def all_others() -> bool:
        return others == [each for n in range(5) for each in (LONG, b"%d" % n, b"")]

    await eventually(all_others, "the other subscription")


async def test_a_hearer_that_fails_does_not_make_it_deaf(ear: Ear, town: Town) -> None:
    notes = Notes()
    await ear.listen("heard", notes.hear)
    await round_trip(ear)
    await say(town, "heard", b"before", b"unbearable", b"after")
    await notes.until(b"after")
    assert [body for _, body in notes.told] == [b"before", b"after"]


async def test_after_unsubscribing_nothing_is_told(ear: Ear, town: Town) -> None:
    notes = Notes()
    subscription = await ear.listen("heard", notes.hear)
    await round_trip(ear)
    await subscription.unsubscribe()
    await round_trip(ear)
    await say(town, "heard", b"late")
    await round_trip(town.client)
    await round_trip(ear)
    assert notes.told == []


async def test_it_hears_again_when_the_server_is_back(ear: Ear, town: Town) -> None:
    notes = Notes()
    await ear.listen("heard", notes.hear)
    await round_trip(ear)
    town.nats.kill()
    town.nats.start()
    said = 0
    while not notes.told:
        said += 1
        await say(town, "heard", b"again")
        await asyncio.sleep(0.05)
    assert said < 200


async def test_what_belongs_together_ends_with_one_call(ear: Ear, town: Town) -> None:
    ends: list[int] = []
    notes = Notes()

    def hear(subject: bytes, headers: bytes, body: bytes) -> None:
        if len(notes.told) == (ends[-1] if ends else 0):
            ear.when_all_is_told(lambda: ends.append(len(notes.told)))
        notes.hear(subject, headers, body)

    await ear.listen("heard", hear)
    await round_trip(ear)
    await say(town, "heard", *(b"%d" % number for number in range(100)))
    await notes.until(b"99")
    assert ends[-1] == 100
    assert ends == sorted(set(ends))


@pytest.mark.parametrize("noticed", [True, False])
def test_a_connection_that_has_gone_is_said_in_nats_words_under_uvloop_too(nats_url: str, *, noticed: bool) -> None:
    async def write_to_what_has_gone() -> None:
        ear = Ear()
        await ear.connect(**options("tests", Settings(nats_url=nats_url), LOGGER))
        await round_trip(ear)
        for name in ("_reading_task", "_flusher_task"):
            task = getattr(ear, name)
            task.cancel()
            await asyncio.wait({task})
            if not noticed:  # as far as nats-py sees, they are at work
                setattr(ear, name, asyncio.create_task(asyncio.sleep(60)))
        connection = cast("TcpTransport", ear._transport)._io_writer
        assert connection is not None
        connection.transport.abort()
        await asyncio.sleep(0.1)
        with pytest.raises(NatsError):
            await (ear.publish("tests.gone", b"") if noticed else round_trip(ear))
        with suppress(RuntimeError):
            await ear.close()

    uvloop.run(write_to_what_has_gone())
