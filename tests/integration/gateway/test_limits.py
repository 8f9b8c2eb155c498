"""Nobody gets more of the gateway than is theirs, and whoever wants it is told so, and when to try again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
import socketio

from contracts.subjects import NAMESPACE
from deploy.local.ports import free_port
from services.common.clock import new_id
from services.gateway import patience
from tests import controls
from tests.integration.gateway.town import Door, Town, eventually, finished_story, opened

FORM = "multipart/form-data; boundary=here"
NOWHERE = f"nats://127.0.0.1:{free_port()}"


@asynccontextmanager
async def limited(**limits: Any) -> AsyncIterator[Door]:
    async with opened(nats_url=NOWHERE, **limits) as door:
        yield door


def check(fault: Any, code: str, limit: int) -> None:
    assert (fault["code"], fault["limit"]) == (code, limit)
    assert fault["retryAfter"] >= 1


async def refusal(door: Door, **options: Any) -> Any:
    """Why a socket is not let in."""
    async with aiohttp.ClientSession() as http:
        client = socketio.AsyncClient(http_session=http, reconnection=False)
        told: list[Any] = []
        client.on("connect_error", told.append, namespace=NAMESPACE)
        chosen = {"transports": ["websocket"], "namespaces": [NAMESPACE], "auth": {"token": door.token}} | options
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(door.url, **chosen)
        await client.disconnect()
    return told[0]["data"]


async def test_one_user_has_so_many_sockets() -> None:
    async with limited(sockets_per_user=2) as door, door.of("somebody else") as other:
        async with door.socket(), door.socket():
            check(await refusal(door), "too_many_sockets", 2)
            async with other.socket() as socket:
                assert (await socket.leave(new_id()))["ok"] is True

        async def room() -> bool:
            return await door.metric("connections") == 0

        await eventually(room, "the sockets to be forgotten")
        async with door.socket():
            pass


async def test_one_address_has_so_many_sockets_as_a_trusted_proxy_tells_it() -> None:
    here, elsewhere = {"X-Forwarded-For": "8.8.8.8"}, {"X-Forwarded-For": "9.9.9.9, 8.8.4.4"}
    async with limited(sockets_per_address=1, trusted_proxies="127.0.0.0/8") as door, door.socket(headers=here):
        check(await refusal(door.of("somebody else"), headers=here), "too_many_sockets", 1)
        async with door.socket(headers=elsewhere):
            pass
    async with limited(sockets_per_address=1) as door, door.socket(headers=here):
        check(await refusal(door, headers=elsewhere), "too_many_sockets", 1)


async def test_one_socket_sends_so_many_events_a_second() -> None:
    async with limited(events_per_second=10) as door, door.socket() as socket, door.socket() as other:
        acks = await asyncio.gather(*(socket.leave(new_id()) for _ in range(60)))
        refused = [ack["error"] for ack in acks if not ack["ok"]]
        assert 0 < len(refused) <= 40
        check(refused[0], "too_many_events", 10)
        assert (await other.leave(new_id()))["ok"] is True


async def test_one_socket_watches_so_many_stories(town: Town) -> None:
    stories = [finished_story() for _ in range(3)]
    for events in stories:
        await town.write(events)
    first, second, third = (events[0].story_id for events in stories)
    async with town.gateway(joins_per_socket=2) as door, door.socket() as socket:
        assert [(await socket.join(story_id))["ok"] for story_id in (first, second, first)] == [True, True, True]
        check((await socket.join(third))["error"], "too_many_joins", 2)
        await socket.leave(first)
        assert (await socket.join(third))["ok"] is True


async def test_one_user_has_so_many_stories_waiting_or_being_written(town: Town, mongodb_url: str) -> None:
    async with town.store(mongodb_url), town.gateway(stories_per_user=2) as door:
        answers = await asyncio.gather(*(door.post() for _ in range(6)))
        assert sorted(answer.status for answer in answers) == [202, 202, 429, 429, 429, 429]
        refused = next(answer for answer in answers if answer.status == 429)
        check(refused.error, "too_many_stories", 2)
        assert int(refused.headers["Retry-After"]) == refused.error["retryAfter"]
        assert await town.stories() == 2
        async with door.of("somebody else") as other:
            assert (await other.post()).status == 202
    async with town.gateway(stories_per_user=1) as without_store:
        assert [(await without_store.post()).status for _ in range(2)] == [202, 429]


async def test_a_story_that_has_ended_makes_room_before_any_store_knows(town: Town) -> None:
    async with town.gateway(stories_per_user=1) as door:
        head = await town.history.head((await door.post()).json["storyId"])
        assert (await door.post()).status == 429
        await town.write([controls.cancelled(2, story_id=head.story_id)], head)
        assert [(await door.post()).status for _ in range(2)] == [202, 429]


async def test_one_address_asks_for_so_many_new_guests() -> None:
    async with limited(guests_per_minute=2) as door, door.of_nobody() as stranger:
        answers = [await stranger.ask("POST", "/api/session") for _ in range(3)]
        assert [answer.status for answer in answers] == [201, 201, 429]
        check(answers[-1].error, "too_many_guests", 2)
        assert (await door.ask("POST", "/api/session")).status == 201  # who is somebody already is no newcomer


async def test_a_socket_that_does_not_say_whose_it_is_is_ended(lone_door: Door) -> None:
    async with limited(connect_within=0.3) as door, door.socket() as honest, aiohttp.ClientSession() as http:
        for first in (None, "3", f"40{NAMESPACE},", f'40{NAMESPACE},{{"token":"nonsense"}}'):
            async with http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket") as raw:
                await raw.receive_str()
                if first is not None:
                    await raw.send_str(first)
                while not raw.closed:
                    await raw.receive(timeout=10)
        polling = await door.get("/socket.io/?EIO=4&transport=polling")
        sid = json.loads(polling.body.decode().removeprefix("0"))["sid"]

        async def gone() -> bool:
            answer = await door.get(f"/socket.io/?EIO=4&transport=polling&sid={sid}")
            return answer.status == 400 and b"Invalid session" in answer.body

        await eventually(gone, "the poll to be forgotten")
        assert (await honest.leave(new_id()))["ok"] is True


async def test_a_connection_that_asks_for_nothing_is_ended(lone_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "REQUEST_WITHIN", 0.2)
    port = int(lone_door.url.rpartition(":")[2])
    for said in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


async def test_a_file_has_so_many_bytes() -> None:
    async with limited(upload_bytes=4) as door:
        assert (await door.post(b"four")).status == 503  # NATS is away, the file is not too large
        answer = await door.post(b"fiver")
    assert (answer.status, answer.error["code"], answer.error["limit"]) == (413, "file_too_large", 4)


async def test_a_file_that_drips_in_is_given_up() -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield b'--here\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while True:
            yield b"-"
            await asyncio.sleep(0.01)

    async with limited(upload_within=0.2) as door:
        answer = await door.ask("POST", "/api/stories", data=drip(), headers={"Content-Type": FORM})
    assert (answer.status, answer.error["code"]) == (408, "upload_too_slow")


async def test_a_crowd_of_sockets_that_say_nothing_keeps_nobody_out() -> None:
    async with limited(strangers_per_address=20) as door, AsyncExitStack() as crowd:
        http = await crowd.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        for _ in range(40):
            await crowd.enter_async_context(http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket"))
        async with door.socket() as honest:
            assert (await honest.leave(new_id()))["ok"] is True


@pytest.mark.parametrize(
    "said",
    [
        "",
        "2",
        "4",
        "5",
        "6",
        "9",
        "x",
        "bAAEC",
        "4[",
        f'4599999999-{NAMESPACE},["story:join"]',
        "4" + "[" * 20_000,
        "\0",
        b"\0\1\2",
        b"",
    ],
)
async def test_who_does_not_speak_engine_io_is_ended_and_nobody_else(said: str | bytes, lone_door: Door) -> None:
    async with (
        lone_door.socket() as bystander,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{lone_door.url}/socket.io/?EIO=4&transport=websocket") as raw,
    ):
        await raw.receive_str()
        await (raw.send_str(said) if isinstance(said, str) else raw.send_bytes(said))
        while not raw.closed:
            await raw.receive(timeout=10)
        assert (await bystander.leave(new_id()))["ok"] is True


async def test_a_client_that_has_its_pings_answered_and_never_reads_is_ended() -> None:
    async with (
        limited(connect_within=1_000) as door,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket", autoping=False) as raw,
    ):
        await raw.receive_str()
        with pytest.raises((ConnectionError, aiohttp.ClientError)):
            await ping(raw, 500_000)  # 65 MB, more than the systems on both sides keep


async def ping(raw: aiohttp.ClientWebSocketResponse, times: int) -> None:
    for _ in range(times):
        await raw.ping(b"x" * 125)
