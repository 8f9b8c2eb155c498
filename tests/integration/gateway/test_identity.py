"""Nobody comes in without a token, and a socket stays no longer than its token holds."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from multidict import CIMultiDict

from contracts.subjects import NAMESPACE
from deploy.local.secrets import secret
from services.common.clock import new_id, now
from tests import controls, tokens
from tests.integration.gateway.town import Door, Town, eventually, opened, requested

STORY = "01jhv7w0000000000000000001"
ROUTES = [
    ("POST", "/api/stories"),
    ("GET", "/api/stories"),
    ("GET", f"/api/stories/{STORY}"),
    ("GET", f"/api/stories/{STORY}/events"),
    ("GET", f"/api/stories/{STORY}/download"),
    ("POST", f"/api/stories/{STORY}/cancel"),
    ("POST", f"/api/stories/{STORY}/retry"),
    ("POST", f"/api/stories/{STORY}/share"),
    ("DELETE", f"/api/stories/{STORY}/share"),
    ("GET", "/api/activity"),
    ("GET", "/api/whatever"),
]


class Clock:
    """The time of the wall, and more of it when a test wishes so."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_nothing_of_the_api_is_served_without_a_token(method: str, path: str, lone_door: Door) -> None:
    expired = tokens.guests(lifetime=-1).session("ann").token
    for value in (None, "Bearer", "Bearer ", "Basic YTpi", "Bearer nonsense", f"Bearer {expired}", lone_door.token):
        async with lone_door.of_nobody() as stranger:
            answer = await stranger.ask(method, path, headers={} if value is None else {"Authorization": value})
        assert (answer.status, answer.error["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_is_given_once(lone_door: Door) -> None:
    async with lone_door.of_nobody() as stranger:
        twice = CIMultiDict([("Authorization", f"Bearer {lone_door.token}"), ("Authorization", "Bearer other")])
        answer = await stranger.ask("GET", "/api/stories", headers=twice)
    assert answer.status == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_need_none(path: str, lone_door: Door) -> None:
    async with lone_door.of_nobody() as stranger:
        assert (await stranger.get(path)).status in (200, 503)


async def test_everybody_who_asks_becomes_a_user_of_their_own_and_can_stay_that_one(lone_door: Door) -> None:
    async with lone_door.of_nobody() as stranger:
        answers = [await stranger.ask("POST", "/api/session") for _ in range(2)]
        assert [answer.status for answer in answers] == [201, 201]
        one, other = (answer.json for answer in answers)
        assert one.keys() == {"token", "user", "expiresAt"}
        assert one["user"] != other["user"]
        assert answers[0].headers["Cache-Control"] == "no-store"
        renewed = await stranger.ask("POST", "/api/session", headers=tokens.bearer(one["token"]))
        assert (renewed.status, renewed.json["user"]) == (201, one["user"])
        refused = await stranger.ask("POST", "/api/session", headers=tokens.bearer(one["token"] + "x"))
        assert (refused.status, refused.error["code"]) == (401, "unauthorized")


async def test_gateways_with_the_same_key_take_each_others_tokens_and_no_others(tmp_path: Path) -> None:
    key = str(secret(tmp_path / "key"))
    nowhere = "nats://127.0.0.1:1"
    async with (
        opened(nats_url=nowhere, gateway_key_file=key) as one,
        opened(nats_url=nowhere, gateway_key_file=key) as two,
        opened(nats_url=nowhere) as stranger,
    ):
        async with one.of_nobody() as asker:
            guest = tokens.bearer((await asker.ask("POST", "/api/session")).json["token"])
        statuses = [(await door.get("/api/stories", headers=guest)).status for door in (one, two, stranger)]
    assert statuses == [503, 503, 401]


AUTHS: dict[str, Any] = {
    "nothing": None,
    "no token": {},
    "nonsense": {"token": "nonsense"},
    "a number": {"token": 7},
    "an operator": {"token": {"$ne": None}},
    "a list": [{"token": "nonsense"}],
    "expired": {"token": tokens.guests(lifetime=-1).session("ann").token},
    "more than a token": {"token": tokens.token(), "user": "root"},
}


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS.keys())
async def test_a_socket_without_a_good_token_is_refused_and_hears_nothing(auth: Any, door: Door, town: Town) -> None:
    event = requested()
    head = await town.write([event])
    join = json.dumps(["story:join", {"storyId": event.story_id}])
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket") as raw,
        door.socket() as owner,
    ):
        await raw.receive_str()
        await raw.send_str(f"42{NAMESPACE},1{join}")
        await raw.send_str(f"40{NAMESPACE}," + ("" if auth is None else json.dumps(auth)))
        await raw.send_str(f"42{NAMESPACE},2{join}")
        refusal = await raw.receive_str()
        assert refusal.startswith(f"44{NAMESPACE},")
        told = json.loads(refusal.removeprefix(f"44{NAMESPACE},"))
        assert (told["message"], told["data"]["code"]) == ("unauthorized", "unauthorized")
        await owner.join(event.story_id)
        await town.write([controls.start(2, story_id=event.story_id)], head)
        await owner.until(event.story_id, 2)
        await raw.send_str("1")
        assert [message.data async for message in raw if message.data != "6"] == []


async def test_the_refusal_reaches_the_client_library_with_its_reason(lone_door: Door) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        async with lone_door.socket(auth={"token": "nonsense"}):
            pass


async def test_a_socket_is_shown_out_when_its_token_has_expired_and_hears_nothing_more(town: Town) -> None:
    clock = Clock()
    event = requested()
    head = await town.write([event])
    async with town.gateway(clock=clock) as door, door.socket() as socket:
        await socket.join(event.story_id)
        await socket.until(event.story_id, 1)
        clock.ahead = timedelta(days=2)
        await socket.until_gone()
        await town.write([controls.start(2, story_id=event.story_id)], head)

        async def nobody() -> bool:
            return (await door.metric("connections"), await door.metric("watched_stories")) == (0, 0)

        await eventually(nobody, "the socket to be forgotten")
        assert socket.sequences(event.story_id) == [1]


async def test_a_socket_that_is_renewed_in_time_stays(town: Town) -> None:
    clock = Clock()
    async with town.gateway(clock=clock) as door, door.socket() as socket, door.socket() as other:
        longer = tokens.guests(lifetime=10 * 86_400).session(tokens.USER)
        ack = await socket.call("session:renew", {"token": longer.token})
        assert (ack["ok"], ack["expiresAt"]) == (True, json.loads(longer.body())["expiresAt"])
        clock.ahead = timedelta(days=2)
        await other.until_gone()
        assert (await socket.leave(new_id()))["ok"] is True


@pytest.mark.parametrize("token", ["nonsense", tokens.token("somebody else"), 7, None])
async def test_a_socket_is_not_renewed_by_anything_else(token: Any, lone_door: Door) -> None:
    async with lone_door.socket() as socket:
        ack = await socket.call("session:renew", {"token": token})
        assert (ack["ok"], ack["error"]["code"] in ("unauthorized", "payload_invalid")) == (False, True)
        assert (await socket.leave(new_id()))["ok"] is True


async def test_commands_that_arrive_while_the_token_is_looked_at_are_refused(door: Door, town: Town) -> None:
    """A polling client may send both at once."""
    event = requested()
    await town.write([event])
    opening = (await door.get("/socket.io/?EIO=4&transport=polling")).body.decode()
    path = f"/socket.io/?EIO=4&transport=polling&sid={json.loads(opening.removeprefix('0'))['sid']}"
    join = f'42{NAMESPACE},1["story:join",{{"storyId":"{event.story_id}"}}]'
    await asyncio.gather(*(door.ask("POST", path, data=text) for text in (f'40{NAMESPACE},{{"token":"x"}}', join)))
    heard = (await door.get(path)).body.decode()
    assert heard.startswith(f"44{NAMESPACE},")
    assert event.story_id not in heard


def test_time_is_what_the_tests_say() -> None:
    assert abs((Clock()() - now()).total_seconds()) < 60
