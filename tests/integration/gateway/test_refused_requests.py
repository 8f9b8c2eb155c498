"""What is no story's business: routes that are not there, strange origins, NATS away."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import socketio

from contracts.streams import STORE, STORIES
from services.common import topology
from services.common.clock import new_id
from services.gateway.stories import CAUGHT_UP
from tests import tokens
from tests.integration.gateway.town import Door, Town, eventually, finished_story, long_story, opened, requested

PAGE = "http://localhost:3000"
STRANGER = "http://evil.example"


@pytest.mark.parametrize("path", ["/", "/api", "/api/storie", "/api/stories/", "/favicon.ico", "/%00"])
async def test_an_unknown_route_is_a_404_like_every_other_error(path: str, lone_door: Door) -> None:
    answer = await lone_door.get(path, allow_redirects=False)
    assert (answer.status, answer.error["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_an_unknown_method_is_a_405_like_every_other_error(method: str, lone_door: Door) -> None:
    answer = await lone_door.ask(method, "/api/stories")
    assert (answer.status, answer.error["code"]) == (405, "method_not_allowed")


async def test_a_page_from_a_listed_origin_may_ask_and_see_what_it_needs(lone_door: Door) -> None:
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "idempotency-key",
    }
    before = await lone_door.ask("OPTIONS", "/api/stories", headers=asked)
    assert (before.status, before.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    refused = await lone_door.ask("POST", "/api/stories", headers={"Origin": PAGE})
    assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (415, PAGE)
    assert "Content-Disposition" in refused.headers["Access-Control-Expose-Headers"]


async def test_a_page_from_elsewhere_is_not_let_in(lone_door: Door) -> None:
    asked = {"Origin": STRANGER, "Access-Control-Request-Method": "POST"}
    assert (await lone_door.ask("OPTIONS", "/api/stories", headers=asked)).status == 403
    answer = await lone_door.get("/healthz", headers={"Origin": STRANGER})
    assert answer.status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_cors_origins_names_who_may_come() -> None:
    async with opened(cors_origins="https://a.example,https://b.example") as door:
        for origin, allowed in (("https://b.example", True), (PAGE, False)):
            answer = await door.get("/healthz", headers={"Origin": origin})
            assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed


FORGED = {"Origin": STRANGER, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}


async def test_a_socket_is_opened_to_listed_origins_only(lone_door: Door) -> None:
    async with lone_door.socket(headers={"Origin": PAGE}) as socket:
        assert (await socket.call("story:leave", {"storyId": new_id()}))["ok"]
    for headers in ({"Origin": STRANGER}, FORGED):
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with lone_door.socket(headers=headers):
                pass


async def test_a_poll_is_answered_to_listed_origins_only(lone_door: Door) -> None:
    path = "/socket.io/?EIO=4&transport=polling"
    allowed = await lone_door.get(path, headers={"Origin": PAGE})
    assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    for headers in ({"Origin": STRANGER}, FORGED):
        refused = await lone_door.get(path, headers=headers)
        assert (refused.status, refused.error["code"]) == (403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in refused.headers


async def test_without_nats_everything_is_refused_at_once_and_nothing_is_half_accepted(town: Town) -> None:
    async with town.gateway() as door, door.socket() as socket:
        event = requested()
        await town.write([event])
        town.nats.kill()
        await eventually(lambda: away(door), "the gateway to notice")
        asked: list[Any] = [
            door.post(),
            door.post(key="k1"),
            door.get("/api/stories"),
            door.get(f"/api/stories/{event.story_id}"),
            door.get(f"/api/stories/{event.story_id}/events"),
        ]
        for answer in await asyncio.gather(*asked):
            assert (answer.status, answer.error["code"]) == (503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        assert (await socket.join(event.story_id))["error"]["code"] == "unavailable"
        assert (await door.get("/healthz")).status == 200
        assert (await door.post(b"")).error["code"] == "file_empty"
        town.nats.start()
        await door.until_ready()
        assert await town.stories() == 1
        assert (await door.post()).status == 202
        assert (await socket.join(event.story_id))["ok"] is True
        assert await town.stories() == 2


async def away(door: Door) -> bool:
    return not (await door.get("/readyz")).json["checks"]["nats"]


async def test_without_the_store_what_needs_it_says_so(door: Door, town: Town) -> None:
    for answer in await asyncio.gather(door.get("/api/stories"), door.get(f"/api/stories/{new_id()}")):
        assert (answer.status, answer.error["code"]) == (503, "unavailable")
    ready = await door.get("/readyz")
    assert (ready.status, ready.json) == (503, {"ready": False, "checks": {"nats": True, "store": False}})
    events = finished_story()
    await town.write(events)
    assert (await door.get(f"/api/stories/{events[0].story_id}/download")).status == 200


async def test_the_gateway_is_ready_when_nats_and_the_store_answer(stored_door: Door) -> None:
    async def ready() -> bool:
        return (await stored_door.get("/readyz")).status == 200

    await eventually(ready, "/readyz to answer 200")


async def test_the_gateway_is_not_ready_while_the_store_is_far_behind(stored_door: Door, town: Town) -> None:
    async def pause_the_store(until: str) -> None:
        subject = f"$JS.API.CONSUMER.PAUSE.{STORIES.name}.{STORE.durable}"
        await town.client.request(subject, json.dumps({"pause_until": until}).encode(), timeout=5)

    async def answers(status: int) -> bool:
        return (await stored_door.get("/readyz")).status == status

    await eventually(lambda: answers(200), "/readyz to answer 200")
    await pause_the_store("2100-01-01T00:00:00Z")
    await town.write(long_story(new_id(), CAUGHT_UP + 50))
    await eventually(lambda: answers(503), "/readyz to answer 503")
    await pause_the_store("2000-01-01T00:00:00Z")
    await eventually(lambda: answers(200), "/readyz to answer 200 again")


async def test_it_is_healthy_before_nats_is_there_and_serves_as_soon_as_it_is(town: Town) -> None:
    town.nats.kill()
    async with town.gateway(ready=False) as door:
        assert (await door.get("/healthz")).body == b"ok"
        assert (await door.get("/readyz")).status == 503
        assert (await door.post()).error["code"] == "unavailable"
        async with door.socket() as socket:
            assert (await socket.join(new_id()))["error"]["code"] == "unavailable"
        town.nats.start()
        await door.until_ready()
        assert (await door.post()).status == 202


async def test_it_refuses_to_serve_on_a_weaker_stream(town: Town) -> None:
    js = town.client.jetstream()
    config = (await js.stream_info("STORIES")).config
    config.republish = None
    await js.update_stream(config)
    closed = asyncio.Event()
    with pytest.raises(topology.WeakTopology, match="republish"):
        async with town.gateway(ready=False, closed=lambda _: closed.set()):
            await closed.wait()


async def test_metrics_count_by_template_never_by_id(door: Door, town: Town) -> None:
    events = finished_story()
    await town.write(events)
    story_id = events[0].story_id
    await door.get(f"/api/stories/{story_id}")
    await door.get("/nowhere/at/all")
    async with door.socket() as socket:
        await socket.join(story_id)
        await socket.until(story_id, 6)
        assert await door.metric("connections") == 1
        assert await door.metric("watched_stories") == 1
    assert await door.metric("http_requests_total", method="GET", route="/api/stories/{story_id}", status="200") == 1
    assert await door.metric("http_requests_total", method="GET", route="none", status="404") == 1
    assert await door.metric("commands_total", command="story:join", outcome="ok") == 1
    assert await door.metric("events_delivered_total", event="story:processing:progress") == 3
    assert story_id.encode() not in (await door.get("/metrics")).body

    async def nobody() -> bool:
        return (await door.metric("connections"), await door.metric("watched_stories")) == (0, 0)

    await eventually(nobody, "the socket to be forgotten")


@pytest.mark.parametrize(("authorization", "status"), [(f"Bearer {tokens.token()}", 415), ("Bearer x", 401)])
async def test_a_client_may_keep_its_connection_after_a_refusal(
    authorization: str, status: int, lone_door: Door
) -> None:
    headers = {"Authorization": authorization}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1), headers=headers) as http:
        for _ in range(3):
            async with http.post(f"{lone_door.url}/api/stories", data=b"x" * 300_000) as answer:
                assert answer.status == status
