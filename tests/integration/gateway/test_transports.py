"""A socket is told the same over a WebSocket, over polling, and over polling that becomes a WebSocket under way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contracts.subjects import NAMESPACE, socket_event
from services.common.clock import new_id
from tests.integration.gateway.test_watching import write_slowly
from tests.integration.gateway.town import Door, Town, eventually, finished_story, long_story
from tests.javascript.socket_client import SocketClient

TRANSPORTS = [("websocket",), ("polling",), ("polling", "websocket")]
each_transport = pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
LAST = 150


@each_transport
async def test_the_library_s_own_client_sees_all_once_in_order_and_its_acks_between(
    transports: tuple[str, ...], door: Door, town: Town
) -> None:
    story_id, last = new_id(), 30
    events = long_story(story_id, last)
    head = await town.write(events[:5])
    async with door.socket(transports=list(transports)) as socket:
        ack = await socket.join(story_id)
        unknown = await socket.call("story:sing", {"storyId": story_id})
        for event in events[5:]:
            head = await town.write([event], head)
            await socket.until(story_id, event.sequence - 5)  # it takes 16 packets at once when it polls, and no more
        await socket.until(story_id, last)
        assert (await socket.leave(story_id)) == {"ok": True}
    assert (ack["ok"], unknown["error"]["code"]) == (True, "unknown_command")
    assert [name for name, *_ in socket.notes].count("ack") == 3
    assert (socket.notes[0][0], socket.notes[-1][0]) == ("ack", "ack")
    assert socket.sequences(story_id) == list(range(1, last + 1))


@each_transport
async def test_the_official_client_sees_all_once_in_order(
    transports: tuple[str, ...], door: Door, town: Town, node: Path
) -> None:
    story_id = new_id()
    events = long_story(story_id, LAST)
    head = await town.write(events[:20])
    writing = asyncio.create_task(write_slowly(town, events[20:], head))
    seen, left = await asyncio.to_thread(_watch, node, door, transports, story_id)
    await writing
    assert [each["sequence"] for each in seen] == list(range(1, LAST + 1))
    assert left == {"ok": True}


def _watch(node: Path, door: Door, transports: tuple[str, ...], story_id: str) -> tuple[list[Any], Any]:
    with SocketClient(node, door.url, str(door.token), *transports) as client:
        assert client.join(story_id)["ok"] is True
        client.until_event(lambda seen: seen.sequence == LAST, story_id)
        left = client.leave(story_id)
        assert any("upgraded" in happening for happening in client.happenings) == (len(transports) == 2)
        return [seen.data for seen in client.events(story_id)], left


@each_transport
async def test_a_client_that_leaves_the_namespace_is_gone_and_can_come_back(
    transports: tuple[str, ...], door: Door, town: Town
) -> None:
    events = finished_story()
    await town.write(events)
    for _ in range(2):
        async with door.socket(transports=list(transports)) as socket:
            await socket.join(events[0].story_id)
            await socket.until(events[0].story_id, len(events))
            assert [name for name, _ in socket.events] == [socket_event(event.kind) for event in events]

        async def gone() -> bool:
            return (await door.metric("connections"), await door.metric("watched_stories")) == (0, 0)

        await eventually(gone, "the socket to be forgotten")


async def test_a_namespace_that_is_not_there_is_refused_over_the_same_wire(door: Door) -> None:
    async with door.socket() as socket:
        refused: list[Any] = []
        socket._client.on("connect_error", refused.append, namespace="/nowhere")
        await socket._client._send_packet(socket._client.packet_class(0, namespace="/nowhere"))

        async def told() -> bool:
            return bool(refused)

        await eventually(told, "the refusal")
        assert (await socket.leave(new_id())) == {"ok": True}
    assert NAMESPACE != "/nowhere"
