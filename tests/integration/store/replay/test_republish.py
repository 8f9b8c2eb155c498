"""The log, published again."""

import asyncio

import nats
from nats.aio.msg import Msg

from contracts.subjects import ALL_REPLAYED, replay_subject, story_subject
from services.store.replay.progress import silent
from services.store.replay.republish import republish
from services.store.replay.span import Point, Span
from tests.integration.store.replay.library import Library, seeded


async def test_events_come_again_in_order_with_body_headers_and_position(library: Library, nats_url: str) -> None:
    entries = seeded(40)
    await library.keep(entries)
    client = await nats.connect(nats_url)
    heard: list[Msg] = []

    async def hear(message: Msg) -> None:
        heard.append(message)

    await client.subscribe(ALL_REPLAYED, cb=hear)
    epoch = entries[0].event.epoch
    last = await republish(client, library.db, Span(since=Point(epoch, 11)), silent)
    await client.flush()
    await client.close()

    assert last == Point(epoch, 40)
    assert [message.data.decode() for message in heard] == [entry.event.payload for entry in entries[10:]]
    for message, entry in zip(heard, entries[10:], strict=True):
        assert message.subject == replay_subject(story_subject(entry.story_id, entry.event.kind))
        assert message.headers is not None
        assert message.headers.items() >= entry.envelope.headers().items()
        assert message.headers["Nats-Sequence"] == str(entry.event.position)


async def test_it_takes_as_long_as_it_took_or_a_tenth_of_that(library: Library, nats_url: str) -> None:
    entries = seeded(20)
    await library.keep(entries)
    client = await nats.connect(nats_url)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    await republish(client, library.db, Span(), silent, speed=10, sleep=sleep)
    await client.close()

    took = (entries[-1].event.time - entries[0].event.time).total_seconds()
    assert abs(sum(slept) - took / 10) < 0.001


async def test_what_was_erased_is_not_said_again(library: Library, nats_url: str) -> None:
    await library.keep(seeded(5))
    await library.db["events"].update_one({"position": 5}, {"$set": {"payload": "", "erased": "0" * 64}})
    client = await nats.connect(nats_url)
    heard: list[bytes] = []

    async def hear(message: Msg) -> None:
        heard.append(message.data)

    await client.subscribe(ALL_REPLAYED, cb=hear)
    await republish(client, library.db, Span(), silent)
    await client.flush()
    await client.close()
    assert len(heard) == 4
    assert b"" not in heard
