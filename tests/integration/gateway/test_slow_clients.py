"""A client that does not read is cut off, forged pongs or not; the others do not notice, and it may come back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from services.common.clock import new_id
from services.common.history import Head
from services.gateway import outbox
from tests import controls
from tests.integration.gateway.town import Door, Town, eventually, requested

LONG = "x" * 60_000
EVENTS = 400  # of 60 kB each: more than the system's buffers take on behalf of one that does not read


@asynccontextmanager
async def deaf(door: Door, story_id: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket that joins a story and reads no further than the ack."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0) as wire,
    ):
        await wire.receive_str()
        await wire.send_str(f"40/stories,{json.dumps({'token': door.token})}")
        await wire.receive_str()
        await wire.send_str(f"42/stories,0{json.dumps(['story:join', {'storyId': story_id}])}")
        while not (await wire.receive_str()).startswith("43/stories,0"):
            pass
        yield wire


async def say_much(town: Town, head: Head, first: int) -> None:
    for sequence in range(first, first + EVENTS):
        event = controls.progress(50, sequence, story_id=head.story_id, message=LONG)
        head = await town.guard.append(head, event)


async def forge_pongs(wire: aiohttp.ClientWebSocketResponse) -> None:
    while not wire.closed:
        await wire.send_str("3")
        await asyncio.sleep(0.05)


async def test_a_client_that_does_not_read_is_cut_off_and_the_others_miss_nothing(door: Door, town: Town) -> None:
    story_id = new_id()
    head = await town.write([requested(story_id=story_id), controls.start(2, story_id=story_id)])
    async with door.socket() as reader, deaf(door, story_id) as wire:
        await reader.join(story_id)
        forging = asyncio.create_task(forge_pongs(wire))
        await say_much(town, head, first=3)
        await reader.until(story_id, EVENTS + 2)

        async def is_cut_off() -> bool:
            return await door.metric("slow_clients_cut_off") == 1

        await eventually(is_cut_off, "the deaf one to be cut off")

        async def is_gone() -> bool:
            return await door.metric("connections") == 1

        await eventually(is_gone, "its socket to be forgotten")
        forging.cancel()
    assert reader.sequences(story_id) == list(range(1, EVENTS + 3))


async def test_a_client_that_was_cut_off_resumes_where_it_was(door: Door, town: Town) -> None:
    story_id = new_id()
    head = await town.write([requested(story_id=story_id), controls.start(2, story_id=story_id)])
    async with deaf(door, story_id):
        await say_much(town, head, first=3)

        async def is_cut_off() -> bool:
            return await door.metric("slow_clients_cut_off") == 1

        await eventually(is_cut_off, "the deaf one to be cut off")
    async with door.socket() as back:
        await back.join(story_id, after=2)
        await back.until(story_id, EVENTS + 2)
        assert back.sequences(story_id) == list(range(3, EVENTS + 3))


async def test_a_history_longer_than_the_queue_reaches_a_client_that_reads(door: Door, town: Town) -> None:
    story_id = new_id()
    head = await town.write([requested(story_id=story_id), controls.start(2, story_id=story_id)])
    many = outbox.MOST_PACKETS * 3
    for sequence in range(3, many):
        head = await town.guard.append(head, controls.progress(50, sequence, story_id=story_id))
    async with door.socket() as socket:
        await socket.join(story_id)
        await socket.until(story_id, many - 1)
        assert socket.sequences(story_id) == list(range(1, many))
