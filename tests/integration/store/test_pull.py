"""A durable consumer's messages, asked for ahead, of a real server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from nats.aio.msg import Msg

from contracts.streams import STORE, STORIES
from contracts.subjects import inbox_of
from services.common.clock import new_id
from services.store.pull import Pull, PullClient, position_of
from tests.integration.store.shelf import Shelf, eventually, story
from tests.servers import Server


@asynccontextmanager
async def pulling(shelf: Shelf, size: int) -> AsyncIterator[tuple[PullClient, Pull]]:
    client = PullClient()
    await client.connect(
        shelf.settings.nats_url,
        inbox_prefix=inbox_of("store").encode(),
        reconnect_time_wait=0,
        max_reconnect_attempts=-1,
    )
    async with client.pulling(STORIES.name, STORE.durable, size) as pull:
        yield client, pull
    await client.close()


async def taken(pull: Pull, count: int) -> list[list[Msg]]:
    """What comes, batch by batch, until so many messages have."""
    batches: list[list[Msg]] = []
    while sum(map(len, batches)) < count:
        if messages := await asyncio.wait_for(pull.next(), 10):
            batches.append(messages)
    return batches


def positions(batches: Sequence[Sequence[Msg]]) -> list[int]:
    return [position_of(message) for batch in batches for message in batch]


async def written(shelf: Shelf, stories: int) -> int:
    await shelf.declare()
    for _ in range(stories):
        await shelf.write(story())
    return 6 * stories


async def settled(shelf: Shelf, position: int) -> None:
    async def holds() -> bool:
        info = await shelf.client.jetstream().consumer_info(STORIES.name, STORE.durable)
        assert info.ack_floor is not None
        return bool(info.ack_floor.stream_seq == position)

    await eventually(holds, f"all up to position {position} to be settled")


async def test_everything_comes_once_in_order_and_never_more_than_is_wanted(shelf: Shelf) -> None:
    count = await written(shelf, 4)
    async with pulling(shelf, 5) as (client, pull):
        batches = await taken(pull, count)

        assert positions(batches) == list(range(1, count + 1))
        assert max(map(len, batches)) <= 5
        for batch in batches:
            await client.acknowledge(batch)
        await settled(shelf, count)


async def test_the_next_come_in_while_the_last_are_being_worked_on(shelf: Shelf) -> None:
    await written(shelf, 3)
    async with pulling(shelf, 6) as (_, pull):

        async def all_there() -> bool:
            return len(pull.waiting) == 6

        await taken(pull, 6)
        await eventually(all_there, "the next to be there without being asked for")
        assert positions([await pull.next()]) == [7, 8, 9, 10, 11, 12]


async def test_a_lone_message_comes_while_a_request_stands(shelf: Shelf) -> None:
    await shelf.declare()
    async with pulling(shelf, 100) as (_, pull):
        waiting = asyncio.create_task(pull.next())
        await shelf.write(story()[:1])
        assert positions([await waiting]) == [1]


async def test_nothing_is_what_comes_of_an_empty_stream_and_later_messages_are_seen(shelf: Shelf) -> None:
    await shelf.declare()
    async with pulling(shelf, 100) as (_, pull):
        assert await pull.next() == []
        await shelf.write(story())
        assert sorted(positions(await taken(pull, 6))) == [1, 2, 3, 4, 5, 6]


async def test_what_nobody_took_is_given_back_at_the_end(shelf: Shelf) -> None:
    await written(shelf, 2)
    async with pulling(shelf, 6) as (client, pull):
        for batch in await taken(pull, 6):
            await client.acknowledge(batch)

        async def all_there() -> bool:
            return len(pull.waiting) == 6

        await eventually(all_there, "the next to be there")
    async with asyncio.timeout(STORE.ack_wait / 2), pulling(shelf, 6) as (_, pull):
        assert positions(await taken(pull, 6)) == [7, 8, 9, 10, 11, 12]


async def test_a_server_that_comes_back_is_asked_again(shelf: Shelf, own_nats: Server) -> None:
    await shelf.declare()
    async with pulling(shelf, 100) as (client, pull):
        assert await pull.next() == []
        own_nats.kill()
        own_nats.start()
        await shelf.write(story())
        assert set(positions(await taken(pull, 6))) == {1, 2, 3, 4, 5, 6}
        assert client.is_connected


async def test_what_is_no_message_of_the_consumer_is_nothing(shelf: Shelf) -> None:
    await shelf.declare()
    async with pulling(shelf, 100) as (_, pull):
        (inbox,) = [sub.subject for sub in pull._client._subs.values()]
        await shelf.client.publish(inbox, b"junk", headers={"X-Odd": new_id()})
        await shelf.client.publish(inbox, b"junk", reply="nowhere")
        await shelf.write(story()[:1])
        assert positions(await taken(pull, 1)) == [1]
