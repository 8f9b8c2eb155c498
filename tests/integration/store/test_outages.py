import asyncio
from functools import partial

from prometheus_client import CollectorRegistry

from contracts.events import Event
from contracts.streams import STORE, STORIES
from tests.integration.store.shelf import MONGODB_GOES_AWAY, Shelf, eventually, story
from tests.servers import Server

pytestmark = MONGODB_GOES_AWAY


async def retried(shelf: Shelf) -> bool:
    return shelf.count("retries_total") > 0


async def shows_all(shelf: Shelf, stories: list[tuple[Event, ...]]) -> None:
    for events in stories:
        await shelf.shows(events)


async def test_a_killed_mongodb_costs_time_and_nothing_else(frail_shelf: Shelf, own_mongo: Server) -> None:
    shelf, stories = frail_shelf, [story() for _ in range(60)]
    async with shelf.store(store_batch=5):
        writing = asyncio.gather(*map(shelf.write, stories))
        await eventually(partial(has_stored, shelf, 20), "the store to be in the middle of it")
        await asyncio.to_thread(own_mongo.kill)
        await writing
        await eventually(partial(retried, shelf), "the store to notice")
        await asyncio.to_thread(own_mongo.start)
        await shows_all(shelf, stories)

    assert await shelf.db["events"].count_documents({}) == sum(map(len, stories))


async def has_stored(shelf: Shelf, number: int) -> bool:
    return shelf.count("events_total") >= number


async def test_a_mongodb_that_answers_no_more_costs_time_and_nothing_else(
    frail_shelf: Shelf, own_mongo: Server
) -> None:
    shelf, before, after = frail_shelf, story(), story()
    async with shelf.store():
        await shelf.write(before)
        await shelf.shows(before)
        own_mongo.pause()
        await shelf.write(after)
        await eventually(partial(retried, shelf), "the store to notice")
        own_mongo.resume()
        await shelf.shows(after)


async def test_a_killed_nats_costs_time_and_nothing_else(shelf: Shelf, own_nats: Server) -> None:
    stories = [story() for _ in range(40)]
    async with shelf.store(store_batch=5):
        writing = asyncio.gather(*map(shelf.write, stories))
        await eventually(partial(has_stored, shelf, 20), "the store to be in the middle of it")
        await asyncio.to_thread(own_nats.kill)
        await asyncio.to_thread(own_nats.start)
        await writing
        await shows_all(shelf, stories)

    assert await shelf.db["events"].count_documents({}) == sum(map(len, stories))


async def test_a_store_that_ends_while_mongodb_is_away_gives_its_messages_back(
    frail_shelf: Shelf, own_mongo: Server
) -> None:
    shelf, events = frail_shelf, story()
    async with shelf.store():
        await asyncio.to_thread(own_mongo.kill)
        await shelf.write(events)
        await eventually(partial(retried, shelf), "the store to hold messages")
    another = await shelf.client.jetstream().pull_subscribe_bind(consumer=STORE.durable, stream=STORIES.name)
    messages = await another.fetch(len(events), timeout=STORE.ack_wait / 3)
    assert len(messages) == len(events)
    for message in messages:
        await message.nak()

    await asyncio.to_thread(own_mongo.start)
    async with shelf.store(CollectorRegistry()):
        await shelf.shows(events)


async def test_a_store_that_starts_before_its_servers_waits_for_them(
    frail_shelf: Shelf, own_nats: Server, own_mongo: Server
) -> None:
    shelf, events = frail_shelf, story()
    await asyncio.to_thread(own_nats.stop)
    await asyncio.to_thread(own_mongo.stop)
    at_work = asyncio.Event()
    end = asyncio.Event()

    async def work() -> None:
        async with shelf.store():
            at_work.set()
            await end.wait()

    working = asyncio.create_task(work())
    await asyncio.to_thread(own_nats.start)
    assert not at_work.is_set()
    await asyncio.to_thread(own_mongo.start)
    await at_work.wait()
    await shelf.write(events)
    await shelf.shows(events)
    end.set()
    await working
