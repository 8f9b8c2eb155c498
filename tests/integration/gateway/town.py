"""What a test does around gateways: starts them, talks to them as any client would, and writes stories behind their back."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import aiohttp
import socketio
import structlog
from nats.aio.client import Client

from contracts.events import Event
from contracts.streams import STORIES, UPLOADS
from contracts.subjects import ALL_STORIES, NAMESPACE
from services.common.clock import Clock, new_id, now
from services.common.connection import Closed
from services.common.history import Head, History
from services.common.stored import last_position
from services.common.write_guard import WriteGuard
from services.gateway.app import gateway
from services.gateway.settings import GatewaySettings
from services.store.app import store
from services.store.settings import StoreSettings
from tests import controls, tokens
from tests.servers import Server
from tests.tokens import USER

DEADLINE = 30.0
LOGGER = structlog.stdlib.get_logger("tests")


async def eventually(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + DEADLINE
    while not await holds():
        assert time.monotonic() < deadline, f"waited {DEADLINE:.0f} s for {what}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(*, closed: Closed = lambda _: None, clock: Clock = now, **settings: Any) -> AsyncIterator["Door"]:
    """A gateway at work, whatever it can reach."""
    chosen = GatewaySettings.model_validate(
        {"gateway_port": 0, "gateway_key_file": tokens.KEY_FILE, "sockets_per_user": 1_000} | settings
    )
    async with (
        gateway(chosen, LOGGER, closed=closed, clock=clock) as port,
        Door(f"http://127.0.0.1:{port}", tokens.token()) as door,
    ):
        yield door


class Town:
    """One NATS, with the streams declared, and any number of gateways."""

    def __init__(self, nats: Server, client: Client) -> None:
        self.nats = nats
        self.client = client
        self.guard = WriteGuard(client, "storywire/tests", new_id, time.monotonic)
        self.history = History(client)

    @asynccontextmanager
    async def gateway(self, *, ready: bool = True, **options: Any) -> AsyncIterator["Door"]:
        """A gateway at work, by default once it can reach NATS."""
        async with opened(**{"nats_url": self.nats.url_of("gateway")} | options) as door:
            if ready:
                await door.until_ready()
            yield door

    @asynccontextmanager
    async def store(self, mongodb_url: str) -> AsyncIterator[None]:
        """A store at work, with a database of its own."""
        settings = StoreSettings(
            nats_url=self.nats.url_of("store"), mongodb_url=mongodb_url, storywire_database=f"test-{new_id()}"
        )
        async with store(settings, LOGGER):
            yield

    async def write(self, events: Iterable[Event], head: Head | None = None) -> Head:
        """Write events, each behind the one before."""
        for event in events:
            head = await self.guard.append(head or Head(event.story_id), event)
        assert head is not None
        return head

    async def stories(self) -> int:
        """The position of the last event of all."""
        return await last_position(self.client.jetstream(), STORIES.name, ALL_STORIES)

    async def monitored(self, path: str) -> Any:
        """What nats-server tells of itself."""
        configuration = Path(self.nats.program.command[-1]).read_text()  # noqa: ASYNC240 - a small one
        address = re.search(r'^http: "(.*)"$', configuration, re.MULTILINE)
        assert address is not None
        async with aiohttp.request("GET", f"http://{address[1]}{path}") as answer:
            return await answer.json()

    async def upload(self, name: str) -> bytes:
        """A file in the bucket."""
        bucket = await self.client.jetstream().object_store(UPLOADS)
        return (await bucket.get(name)).data or b""

    async def uploads(self) -> int:
        """How many pieces of files and of their descriptions the bucket holds."""
        info = await self.client.jetstream().stream_info(f"OBJ_{UPLOADS}")
        return info.state.messages


class Answer:
    """An HTTP answer, read to its end."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error it tells of, whose shape is always the same."""
        (key, error), *more = self.json.items()
        assert (key, more) == ("error", [])
        assert {"code", "message"} <= error.keys() <= {"code", "message", "field", "limit", "retryAfter"}
        assert error["message"]
        assert b"Traceback" not in self.body
        return dict(error)


class Door:
    """A gateway as one user sees it; as a stranger does when the token is None."""

    def __init__(self, url: str, user_token: str | None = None) -> None:
        self.url = url
        self.token = user_token

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(headers=tokens.bearer(self.token) if self.token else {})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    def of(self, user: str) -> "Door":
        """The same gateway, as another user sees it."""
        return Door(self.url, tokens.token(user))

    def of_nobody(self) -> "Door":
        """The same gateway, as one sees it who does not say who they are."""
        return Door(self.url)

    async def ask(self, method: str, path: str, **request: Any) -> Answer:
        async with self._http.request(method, self.url + path, **request) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, **request: Any) -> Answer:
        return await self.ask("GET", path, **request)

    async def post(
        self,
        file: bytes | None = b"Once there was a lamp.",
        *,
        title: str | None = "The Lamp",
        prompt: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """Hand in a file, as a page does."""
        form = aiohttp.FormData()
        if file is not None:
            form.add_field("file", BytesIO(file), filename="notes.txt", content_type="text/plain")
        for name, text in (("title", title), ("prompt", prompt)):
            if text is not None:
                form.add_field(name, text, content_type="text/plain; charset=utf-8")
        return await self.ask(
            "POST", "/api/stories", data=form, headers={} if key is None else {"Idempotency-Key": key}
        )

    async def until_ready(self) -> None:
        """Wait until NATS is there."""

        async def ready() -> bool:
            return bool((await self.get("/readyz")).json["checks"]["nats"])

        await eventually(ready, "the gateway to become ready")

    async def metric(self, name: str, **labels: str) -> float:
        """A number out of /metrics; 0 when it is not there."""
        wanted = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
        lines = (await self.get("/metrics")).body.decode().splitlines()
        sample = f"storywire_gateway_{name}" + (f"{{{wanted}}}" if wanted else "")
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == sample), 0.0)

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator["Socket"]:
        """A socket in the namespace."""
        async with aiohttp.ClientSession() as http:
            socket = Socket(http)
            try:
                await socket.connect(self.url, **{"auth": {"token": self.token}} | options)
                yield socket
            finally:
                await socket.close()


class Socket:
    """A Socket.IO client that notes what it is sent, acks included, in the order of arrival."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.notes: list[tuple[str, Any]] = []
        self._client = socketio.AsyncClient(http_session=http, reconnection=False, handle_sigint=False)
        # Not a coroutine: those become tasks, which may overtake each other.
        self._client.on("*", lambda name, *data: self.notes.append((name, *data)), namespace=NAMESPACE)

    async def connect(self, url: str, **options: Any) -> None:
        chosen = {"transports": ["websocket"], "namespaces": [NAMESPACE], "wait_timeout": DEADLINE} | options
        await self._client.connect(url, **chosen)

    async def close(self) -> None:
        await self._client.disconnect()

    async def call(self, command: str, *payload: Any) -> Any:
        """Send a command and wait for its ack, which is noted as `ack`."""
        acked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def on_ack(*ack: Any) -> None:
            self.notes.append(("ack", *ack))
            acked.set_result(ack[0])

        await self._client.emit(command, payload, namespace=NAMESPACE, callback=on_ack)
        return await asyncio.wait_for(acked, DEADLINE)

    async def send(self, command: str, payload: Any) -> None:
        """Send a command and ask for no ack."""
        await self._client.emit(command, payload, namespace=NAMESPACE)

    async def join(self, story_id: str, after: int | None = None) -> Any:
        payload: dict[str, Any] = {"storyId": story_id}
        return await self.call("story:join", payload if after is None else payload | {"after": after})

    async def leave(self, story_id: str) -> Any:
        return await self.call("story:leave", {"storyId": story_id})

    async def until_gone(self) -> None:
        """Wait until the gateway has ended it."""

        async def gone() -> bool:
            return not self._client.connected

        await eventually(gone, "the gateway to end the socket")

    @property
    def events(self) -> list[tuple[str, Any]]:
        return [note for note in self.notes if note[0] != "ack"]

    def sequences(self, story_id: str) -> list[int]:
        """The sequences of the story's events, in the order of arrival."""
        return [data["sequence"] for _, data in self.events if data["storyId"] == story_id]

    def after_acks(self) -> list[list[int]]:
        """The sequences that came after each ack, up to the next one."""
        heard: list[list[int]] = []
        for name, data in self.notes:
            if name == "ack":
                heard.append([])
            else:
                heard[-1].append(data["sequence"])
        return heard

    async def until_since_ack(self, sequence: int) -> None:
        """Wait until the event with this sequence has come since the last ack."""

        async def come() -> bool:
            return sequence in self.after_acks()[-1]

        await eventually(come, f"event {sequence} after the last ack")

    async def until(self, story_id: str, sequence: int) -> None:
        """Wait until the story's event with this sequence has come."""

        async def come() -> bool:
            return sequence in self.sequences(story_id)

        await eventually(come, f"event {sequence} of {story_id}")


def requested(**changes: Any) -> Event:
    """The first event of a story of its own."""
    return controls.requested(**{"story_id": new_id(), "owner": USER} | changes)


def finished_story(**changes: Any) -> tuple[Event, ...]:
    """A story of its own, to its end."""
    story_id = new_id()
    return requested(story_id=story_id, **changes), *controls.finished_story(story_id=story_id)[1:]


def long_story(story_id: str, events: int) -> list[Event]:
    """A story in which much happens, without an end."""
    steps = [controls.progress(50, sequence, story_id=story_id) for sequence in range(3, events + 1)]
    return [requested(story_id=story_id), controls.start(2, story_id=story_id), *steps]
