"""A gateway that does to its clients what bad days do: it stands in for the real one, over real Socket.IO."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import socketio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from deploy.local.ports import free_port

STORY = "01k0000000000000000000000a"
NAMESPACE = "/stories"
TIME = "2026-01-01T00:00:00.000Z"
Join = Callable[["TroubledGateway", str, int], Awaitable[dict[str, Any]]]

NAMES = ("requested", "processing:start", *["processing:progress"] * 3, "processing:complete")


def state(sequence: int) -> dict[str, Any]:
    file = {"name": "a.txt", "size": 1, "digest": "", "object": ""}
    story = {"storyId": STORY, "sequence": sequence, "title": "T", "prompt": None, "file": file, "owner": "public"}
    status = "complete" if sequence == len(NAMES) else "processing"
    return {**story, "status": status, "createdAt": TIME, "updatedAt": TIME}


class TroubledGateway(socketio.AsyncServer):  # type: ignore[misc]
    """Answers each join with the next of the `joins` it is given, the last one for ever."""

    def __init__(self, *joins: Join) -> None:
        super().__init__(async_mode="asgi", async_handlers=False)
        self.joined_after: list[int] = []
        self.submitted: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = [(202, {"storyId": STORY})]
        self.names = NAMES
        self._joins = list(joins)
        self.on("connect", lambda *_: None, namespace=NAMESPACE)
        self.on("story:join", self._join, namespace=NAMESPACE)

    def app(self) -> ASGIApp:
        session = JSONResponse({"token": "a-guest", "user": "guest", "expiresAt": TIME}, 201)
        routes = [
            Route("/api/session", lambda _: session, methods=["POST"]),
            Route("/api/stories", self._submit, methods=["POST"]),
            Route(f"/api/stories/{STORY}", self._story),
        ]
        return socketio.ASGIApp(self, Starlette(routes=routes))  # type: ignore[no-any-return]

    async def _submit(self, request: Request) -> Response:
        async with request.form() as form:
            fields = {name: value if isinstance(value, str) else await value.read() for name, value in form.items()}
        self.submitted.append((request.headers["Idempotency-Key"], fields))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return JSONResponse(body, status)

    async def _story(self, _: Request) -> Response:
        return JSONResponse(state(len(self.names)))

    async def _join(self, sid: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.joined_after.append(asked["after"])
        join = self._joins.pop(0) if len(self._joins) > 1 else self._joins[0]
        return await join(self, sid, asked["after"])

    async def say(self, sid: str, *sequences: int, **more: object) -> None:
        for sequence in sequences:
            name = self.names[sequence - 1]
            data = {"storyId": STORY, "sequence": sequence, "timestamp": TIME, "attempt": 1, **more}
            await self.emit(f"story:{name}", data, to=sid, namespace=NAMESPACE)

    async def write(self, sid: str, *indexes: int) -> None:
        """Say these pieces of the live text; each is its index and a space."""
        for index in indexes:
            data = {"storyId": STORY, "timestamp": TIME, "attempt": 1, "index": index, "text": f"{index} "}
            await self.emit("story:processing:delta", data, to=sid, namespace=NAMESPACE)


def joined(sequence: int, live: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"ok": True, "story": state(sequence), "sequence": sequence, "live": live}


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def served(gateway: TroubledGateway) -> AsyncIterator[str]:
    """Serve it for the time of the block; give its address."""
    port = free_port()
    config = uvicorn.Config(
        gateway.app(), port=port, log_config=None, lifespan="off", ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
