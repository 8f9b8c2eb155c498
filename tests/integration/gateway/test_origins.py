"""Pages that are not on the list are refused, whichever way they come and whatever they say of hosts."""

from typing import Any

import aiohttp
import pytest

from services.gateway.headers import HEADERS
from tests.integration.gateway.town import Door

PAGE = "http://localhost:3000"
STRANGERS: dict[str, dict[str, str]] = {
    "another site": {"Origin": "http://evil.example"},
    "no site": {"Origin": "null"},
    "nothing": {"Origin": ""},
    "another scheme": {"Origin": "https://localhost:3000"},
    "another port": {"Origin": "http://localhost:3001"},
    "a longer name": {"Origin": "http://localhost:3000.evil.example"},
    "a path": {"Origin": "http://localhost:3000/"},
    "another case": {"Origin": "HTTP://LOCALHOST:3000"},
    "two at once": {"Origin": f"{PAGE}, http://evil.example"},
    "not even text": {"Origin": "\udcff\udcfe"},
    "the host that it names itself": {
        "Origin": "http://evil.example",
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "host=evil.example;proto=http",
    },
}
each_stranger = pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS.keys())
WAYS = [
    ("GET", "/api/stories"),
    ("POST", "/api/session"),
    ("OPTIONS", "/api/stories"),
    ("GET", "/socket.io/?EIO=4&transport=polling"),
    ("POST", "/socket.io/?EIO=4&transport=polling&sid=x"),
    ("GET", "/metrics"),
]


@each_stranger
@pytest.mark.parametrize(("method", "path"), WAYS)
async def test_requests_and_polls(method: str, path: str, headers: dict[str, str], lone_door: Door) -> None:
    answer = await lone_door.ask(method, path, headers=headers)
    assert (answer.status, answer.error["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers


@each_stranger
async def test_sockets(headers: dict[str, str], lone_door: Door) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{lone_door.url}/socket.io/?EIO=4&transport=websocket", headers=headers)
    assert refused.value.status == 403


async def test_two_origins_are_none(lone_door: Door) -> None:
    twice: Any = [("Origin", PAGE), ("Origin", "http://evil.example"), ("Authorization", f"Bearer {lone_door.token}")]
    async with aiohttp.request("GET", f"{lone_door.url}/api/stories", headers=twice) as answer:
        assert answer.status == 403


async def test_no_script_tag_of_another_page_can_poll(lone_door: Door) -> None:
    """A script tag sends no origin; what it would need is an answer in JavaScript."""
    answer = await lone_door.get("/socket.io/?EIO=4&transport=polling&j=0")
    assert (answer.status, answer.error["code"]) == (400, "jsonp_not_served")


@pytest.mark.parametrize("path", ["/api/stories", "/healthz", "/nowhere", "/socket.io/?EIO=4&transport=polling"])
async def test_every_answer_tells_a_browser_that_it_is_no_page(path: str, lone_door: Door) -> None:
    answer = await lone_door.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "Server" not in answer.headers
