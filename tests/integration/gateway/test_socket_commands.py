"""What sockets ask for, and how they are answered: always, clearly, and one at a time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from contracts.socket import JoinAck
from contracts.story import fold
from contracts.subjects import NAMESPACE
from services.common.clock import new_id
from tests import controls
from tests.integration.gateway.town import Door, Town, eventually, finished_story, requested


async def test_a_join_is_acked_with_the_story_and_its_sequence(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    state = fold(events)
    assert state is not None
    async with door.socket() as socket:
        ack = await socket.join(events[0].story_id)
    epoch = ack["epoch"]
    assert epoch
    assert ack == json.loads(JoinAck(story=state, sequence=6, live=None, epoch=epoch, epoch_changed=False).body())


async def test_a_join_says_when_the_epoch_is_another_than_the_one_the_asker_knew(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    async with door.socket() as socket:
        epoch = (await socket.join(events[0].story_id))["epoch"]
        for known, changed in ((epoch, False), ("another", True)):
            asked = {"storyId": events[0].story_id, "epoch": known}
            assert (await socket.call("story:join", asked))["epochChanged"] is changed


STORY = "01jhv7w0000000000000000001"
MALFORMED: dict[str, tuple[tuple[Any, ...], str | None]] = {
    "no payload": ((), None),
    "null": ((None,), None),
    "a text": ((STORY,), None),
    "a list": (([STORY],), None),
    "two payloads": (({"storyId": STORY}, {"storyId": STORY}), None),
    "an empty object": (({},), "storyId"),
    "an id that is a number": (({"storyId": 7},), "storyId"),
    "an id that is null": (({"storyId": None},), "storyId"),
    "an id that is an operator": (({"storyId": {"$gt": ""}},), "storyId"),
    "an id that is a list": (({"storyId": [STORY]},), "storyId"),
    "an id that is too short": (({"storyId": "short"},), "storyId"),
    "an id that is a wildcard": (({"storyId": ">"},), "storyId"),
    "an id with a line end": (({"storyId": STORY + "\n"},), "storyId"),
    "an id of a megabyte's kind": (({"storyId": "a" * 50_000},), "storyId"),
    "an unknown key": (({"storyId": STORY, "befor": 1},), "befor"),
}
MALFORMED_AFTER: dict[str, Any] = {
    "negative": -1,
    "true": True,
    "a text": "1",
    "a fraction": 1.5,
    "null": None,
    "2^53": 2**53,
    "2^64": 2**64,
    "an operator": {"$gt": 0},
}


@pytest.mark.parametrize("command", ["story:join", "story:leave"])
@pytest.mark.parametrize(("payload", "field"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_payload_is_acked_with_what_is_wrong(
    payload: tuple[Any, ...], field: str | None, command: str, lone_door: Door
) -> None:
    async with lone_door.socket() as socket:
        assert_refused(await socket.call(command, *payload), "payload_invalid", field)
        assert (await socket.leave(STORY))["ok"] is True  # the socket is none the worse for it


@pytest.mark.parametrize("after", MALFORMED_AFTER.values(), ids=MALFORMED_AFTER.keys())
async def test_a_malformed_after_is_acked_with_what_is_wrong(after: Any, lone_door: Door) -> None:
    async with lone_door.socket() as socket:
        ack = await socket.call("story:join", {"storyId": STORY, "after": after})
        assert_refused(ack, "payload_invalid", "after")


def assert_refused(ack: Any, code: str, field: str | None) -> None:
    assert ack["ok"] is False
    assert ack.keys() == {"ok", "error"}
    expected = {"code": code, "message": ack["error"]["message"]}
    assert ack["error"] == (expected if field is None else expected | {"field": field})
    assert ack["error"]["message"]


@pytest.mark.parametrize("command", ["story:rename", "*", "", "message"])
@pytest.mark.parametrize("payload", [(), ({},), ({}, {})], ids=len)
async def test_an_unknown_command_is_acked_too(command: str, payload: tuple[Any, ...], lone_door: Door) -> None:
    async with lone_door.socket() as socket:
        assert_refused(await socket.call(command, *payload), "unknown_command", None)


async def test_an_unknown_story_and_somebody_elses_are_not_found_and_nobody_can_tell_which(
    stored_door: Door, town: Town
) -> None:
    event = requested(owner="somebody else")
    await town.write([event])
    async with stored_door.socket() as socket:
        theirs, none = event.story_id, new_id()
        one, other = await socket.join(theirs), await socket.join(none)
        assert_refused(one, "story_not_found", "storyId")
        assert json.dumps(one).replace(theirs, "") == json.dumps(other).replace(none, "")
        await town.write([controls.start(2, story_id=theirs)], await town.history.head(theirs))
        assert (await socket.leave(theirs))["ok"] is True
        assert socket.events == []
    assert await stored_door.metric("watched_stories") == 0


async def test_only_the_namespace_stories_is_served(lone_door: Door) -> None:
    for asked, refused in (("40", '44"Unable to connect"'), ("40/other,", '44/other,"Unable to connect"')):
        async with aiohttp.ClientSession() as http, raw_connection(http, lone_door) as raw:
            await raw.send_str(asked)
            assert await raw.receive_str() == refused


async def test_a_client_that_emits_reserved_or_malformed_things_harms_nobody(door: Door, town: Town) -> None:
    event = requested()
    await town.write([event])
    async with door.socket() as bystander, aiohttp.ClientSession() as http:
        await bystander.join(event.story_id)
        async with raw_socket(http, door) as raw:
            for text in (
                f'42{NAMESPACE},["connect",{{}},{{}}]',
                f'42{NAMESPACE},["disconnect"]',
                f"42{NAMESPACE},[]",
                f"42{NAMESPACE},{{}}",
                f"42{NAMESPACE},[{{}}]",
                f"42{NAMESPACE},[1]",
                f"42{NAMESPACE},not json",
                "42",
                f"43{NAMESPACE},5[]",
                f"44{NAMESPACE},{{}}",
            ):
                await raw.send_str(text)
            await raw.send_str(f'42{NAMESPACE},7["story:leave",{{"storyId":"{STORY}"}}]')
            assert await answer_to(raw, 7) == [{"ok": True}]
        assert (await bystander.join(event.story_id))["ok"] is True


async def test_a_message_that_is_too_large_ends_the_connection_of_its_sender_alone(lone_door: Door) -> None:
    async with lone_door.socket() as bystander, aiohttp.ClientSession() as http:
        async with raw_socket(http, lone_door) as raw:
            await raw.send_str(f'42{NAMESPACE},["story:join","{"a" * 100_000}"]')
            while not raw.closed:
                await raw.receive()
        assert (await bystander.leave(STORY))["ok"] is True


async def test_one_sockets_commands_are_answered_in_their_order(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    async with door.socket() as socket:
        calls = [socket.join(events[0].story_id, 6) if turn % 2 else socket.leave(STORY) for turn in range(20)]
        await asyncio.gather(*calls)
        assert [("sequence" in ack) for _, ack in socket.notes] == [bool(turn % 2) for turn in range(20)]


async def test_a_socket_that_goes_is_forgotten(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    async with door.socket() as socket:
        await socket.join(events[0].story_id)

    async def forgotten() -> bool:
        return (await door.metric("connections"), await door.metric("watched_stories")) == (0, 0)

    await eventually(forgotten, "the socket to be forgotten")


async def test_an_event_reaches_the_socket_as_the_very_bytes_that_were_written(door: Door, town: Town) -> None:
    first = requested(title='Ü "quoted" \u2028 \x1e \\ 💡 </script>', mood={"kept": [1.0, 1e300, None]})
    head = await town.write([first])
    second = controls.start(2, story_id=first.story_id, model="Lämpchen \\u0041")
    async with aiohttp.ClientSession() as http, raw_socket(http, door) as raw:
        await raw.send_str(f'42{NAMESPACE},1["story:join",{{"storyId":"{first.story_id}"}}]')
        await answer_to(raw, 1)
        frame = await raw.receive_str()
        assert frame == f'42{NAMESPACE},["story:requested",{first.body().decode()}]'
        await town.write([second], head)
        frame = await raw.receive_str()
        assert frame == f'42{NAMESPACE},["story:processing:start",{second.body().decode()}]'


@asynccontextmanager
async def raw_connection(http: aiohttp.ClientSession, door: Door) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket that has asked for no namespace yet."""
    async with http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket") as raw:
        assert (await raw.receive_str()).startswith("0{")
        yield raw


@asynccontextmanager
async def raw_socket(http: aiohttp.ClientSession, door: Door) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket in the namespace, without a client's manners."""
    async with raw_connection(http, door) as raw:
        await raw.send_str(f"40{NAMESPACE},{json.dumps({'token': door.token})}")
        assert (await raw.receive_str()).startswith(f"40{NAMESPACE},")
        yield raw


async def answer_to(raw: aiohttp.ClientWebSocketResponse, number: int) -> Any:
    """The ack of a command; whatever came before it is passed over."""
    head = f"43{NAMESPACE},{number}"
    while not (frame := await raw.receive_str()).startswith(head):
        assert not frame.startswith("1"), "the engine closed the connection"
    return json.loads(frame.removeprefix(head))
