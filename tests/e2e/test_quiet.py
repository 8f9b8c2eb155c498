"""What users wrote and what is secret stands in no line that any process wrote, at the loudest level, whatever went wrong."""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import nats
import pytest

from contracts.envelope import Envelope
from contracts.subjects import inbox_of, write_subject
from deploy.local.nats import NatsServer
from services.common.clock import new_id
from tests import controls, tokens
from tests.e2e.stack import Stack, running

CANARY = "canary7f3a"
SCRIPT = {"words": 60, "chunk": 3, "pace": 0.01}
FORGED = f'\r\n{{"event": "{CANARY}", "level": "info"}}\r\n'


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack that has heard everything, has been restarted, and still runs."""
    with running(STORYWIRE_MODEL="scripted", STORYWIRE_SCRIPT=json.dumps(SCRIPT), LOG_LEVEL="DEBUG") as stack:
        asyncio.run(hear_everything(stack))
        stack.restart()
        yield stack


async def hear_everything(stack: Stack) -> None:
    async with aiohttp.ClientSession(headers=tokens.bearer(stack.token)) as http:
        told = Told(stack, http)
        story = await told.ask(f"{CANARY}{FORGED}")
        await told.until(story, "complete")
        await told.ask("x" * 500 + CANARY, status=422)
        await told.everything_wrong(story)
        await told.garbage()
        await told.until_buried()
        async with http.delete(f"{stack.address}/api/stories/{story}") as answer:
            assert answer.status == 204
        await told.until_erased()


def logs(stack: Stack) -> dict[str, str]:
    return {path.stem: path.read_text(errors="replace") for path in (stack.data / "logs").glob("*.log")}


def json_of(line: str) -> dict[str, Any]:
    assert line.startswith("{"), line
    told: dict[str, Any] = json.loads(line)
    return told


def secrets_of(stack: Stack) -> list[str]:
    """Passwords, the signing key, and a user's token."""
    files = [stack.data / "nats" / "passwords.json", stack.data / "mongo" / "passwords.json"]
    passwords = [each for file in files for each in json.loads(file.read_text()).values()]
    keys = [file.read_text().strip() for file in (stack.data / "secrets").iterdir()]
    return [*passwords, *keys, (stack.data / "mongo" / "keyfile").read_text().strip(), stack.token]


def test_nothing_that_users_wrote_and_no_secret_is_logged(stack: Stack) -> None:
    found = [
        f"{name}: {line[:200]}"
        for name, text in logs(stack).items()
        for line in text.splitlines()
        for secret in (CANARY, base64.b64encode(CANARY.encode()).decode().rstrip("="), *secrets_of(stack))
        if secret in line
    ]
    assert found == []


def test_every_line_of_a_service_is_one_json_object_that_says_what_and_when(stack: Stack) -> None:
    for name in ("store", "generator", "gateway"):
        lines = [json_of(line) for line in logs(stack)[name].splitlines()]
        assert lines
        assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)


def test_a_story_can_be_followed_through_the_services_by_its_correlation(stack: Stack) -> None:
    lines = [json_of(line) for name in ("store", "generator", "gateway") for line in logs(stack)[name].splitlines()]
    asked = [line for line in lines if line["event"] == "a story was asked for"]
    assert asked
    for line in asked:
        said = {each["event"] for each in lines if each.get("correlation") == line["correlation"]}
        assert {"a story was asked for", "a request was settled"} <= said


class Told:
    """Everything that a user, or somebody worse, can say to the stack."""

    def __init__(self, stack: Stack, http: aiohttp.ClientSession) -> None:
        self.stack = stack
        self.http = http

    async def ask(self, title: str, status: int = 202) -> str:
        form = aiohttp.FormData({"title": title, "prompt": f"{CANARY}{FORGED}"})
        form.add_field(
            "file", f"Once {CANARY} was.{FORGED}".encode(), filename=f"{CANARY}.txt", content_type="text/plain"
        )
        async with self.http.post(
            f"{self.stack.address}/api/stories", data=form, headers={"Idempotency-Key": CANARY + new_id()}
        ) as answer:
            assert answer.status == status
            return str((await answer.json()).get("storyId"))

    async def until(self, story: str, status: str) -> None:
        async with asyncio.timeout(60):
            while True:
                async with self.http.get(f"{self.stack.address}/api/stories/{story}") as answer:
                    if (await answer.json()).get("status") == status:
                        return
                await asyncio.sleep(0.05)

    async def everything_wrong(self, story: str) -> None:
        """Over HTTP and Socket.IO's transports."""
        wrong: list[tuple[str, str, dict[str, Any]]] = [
            ("GET", f"/api/stories/{CANARY}", {}),
            ("GET", f"/{CANARY}?{CANARY}={CANARY}", {}),
            ("GET", f"/api/stories?before={CANARY}", {}),
            ("GET", f"/api/stories/{story}/events?after={CANARY}", {}),
            (
                "POST",
                "/api/stories",
                {"data": CANARY.encode(), "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            ),
            ("POST", "/api/session", {"json": {CANARY: CANARY}}),
            ("GET", "/api/stories", {"headers": {"Authorization": f"Bearer {CANARY}.{CANARY}.{CANARY}"}}),
            ("POST", "/socket.io/?EIO=4&transport=polling&sid=" + CANARY, {"data": CANARY}),
            ("DELETE", f"/api/stories/{CANARY}", {}),
        ]
        for method, path, request in wrong:
            async with self.http.request(method, self.stack.address + path, **request) as answer:
                await answer.read()
        for sent in (
            f'40/stories,{{"token":"{self.stack.token}"}}',
            f'42/stories,["story:join",{{"{CANARY}":1}}]',
            f"4{CANARY}",
            CANARY,
            f"451-{CANARY}",
        ):
            async with self.http.ws_connect(f"{self.stack.address}/socket.io/?EIO=4&transport=websocket") as socket:
                await socket.receive()
                await socket.send_str(f'40/stories,{{"token":"{self.stack.token}"}}')
                await socket.receive()
                await socket.send_str(sent)
                await socket.send_str(f'42/stories,9["story:join",{{"storyId":"{CANARY}"}}]')
                with_timeout = asyncio.wait_for(socket.receive(), 1)
                await asyncio.gather(with_timeout, return_exceptions=True)

    async def garbage(self) -> None:
        """Messages on the subjects of events that are none, or say what no event may; and queries that are none."""
        server = NatsServer(self.stack.data / "nats", self.stack.processes()["nats"]["port"])
        client = await nats.connect(server.url("gateway"), inbox_prefix=inbox_of("gateway"))
        other = new_id()
        event = controls.requested(story_id=other, title=CANARY)
        headers = Envelope.of(event, new_id(), "storywire/tests").headers()
        bodies = [
            CANARY.encode(),
            b"\xff" + CANARY.encode(),
            json.dumps({"storyId": other, "title": {CANARY: CANARY}}).encode(),
            event.body().replace(b'"size":11', b'"size":' + b"9" * 30 + b',"' + CANARY.encode() + b'":' + b"9" * 30),
        ]
        for body in bodies:
            await client.jetstream().publish(write_subject(f"story.{new_id()}.requested"), body, headers=headers)
        await client.jetstream().publish(write_subject(f"story.{other}.requested"), bodies[-1], headers=headers)
        for subject in ("story", "list", "events"):
            await client.request(f"store.query.{subject}", json.dumps({"storyId": CANARY, "owner": [CANARY]}).encode())
        await client.close()

    async def until_buried(self) -> None:
        """The handlers have given up on the garbage."""
        await asyncio.to_thread(self._wait, lambda: "dead letter" in logs(self.stack)["store"], "no dead letters")

    async def until_erased(self) -> None:
        await asyncio.to_thread(self._wait, lambda: "a story was erased" in logs(self.stack)["store"], "not erased")

    def _wait(self, holds: Any, otherwise: str) -> None:
        self.stack.wait(holds, otherwise)
