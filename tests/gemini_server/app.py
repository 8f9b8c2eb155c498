"""The ASGI application: `POST /v1beta/models/{model}:streamGenerateContent`."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from tests.gemini_server.scenarios import SCENARIOS, After, Scenario
from tests.gemini_server.wire import Wire

_STORY = (
    "Once, by the sea, there was a café 🦊 ",
    "where old Søren told the same tale [the one with {braces}] every night: ",
    '"It was \\ dark," he said, "and the moon 🌙 was late."\n\n',
    "Nobody believed him, ",
    "until the night when the tale came true. ",
    "In the end they named a boat after it — Nº ",
)


@dataclass
class Call:
    """A call that the server had, for tests to look at."""

    model: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    disconnected: bool = False


class Gemini:
    """The service: its calls so far, and how it answers."""

    def __init__(self, pace: float) -> None:
        self.calls: list[Call] = []
        self._pace = pace
        self._counted: Counter[str] = Counter()
        self.app = Starlette(
            routes=[
                Route(f"/{version}/models/{{call}}", self._answer, methods=["POST"]) for version in ("v1", "v1beta")
            ]
        )

    async def _answer(self, request: Request) -> Any:
        model, _, method = request.path_params["call"].rpartition(":")
        query, headers = dict(request.query_params), dict(request.headers)
        wire = Wire(sse=query.get("alt") == "sse", numbers="enum-encoding=int" in query.get("$alt", ""))
        call = Call(model, query, headers, await request.json())
        scenario = _scenario(model)
        if not request.headers.get("x-goog-api-key"):
            return _refusal(wire, 403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
        if scenario is None or method != "streamGenerateContent":
            return _refusal(wire, 404, "NOT_FOUND", f"models/{model} is not found for API version v1beta.")
        if not _has_text(call.body):
            return _refusal(
                wire, 400, "INVALID_ARGUMENT", "* GenerateContentRequest.contents: contents is not specified"
            )
        self.calls.append(call)
        self._counted[model] += 1
        if scenario.refused and not 0 < scenario.failures < self._counted[model]:
            return _refusal(wire, *scenario.refused, scenario.reason)
        return _Reply(self._stream(call, scenario, wire), call, wire, headers=scenario.headers)

    async def _stream(self, call: Call, scenario: Scenario, wire: Wire) -> AsyncIterator[bytes]:
        number = 0
        for text in _story(call)[: scenario.pieces]:
            await asyncio.sleep(self._pace)
            yield wire.piece(number, _response(call, scenario, text))
            number += 1
        if scenario.after is After.SILENCE:
            await asyncio.Event().wait()
        if scenario.after is After.CUT:
            whole = wire.piece(number, _response(call, scenario, "é" * 40))
            yield whole[: len(whole) // 2]
            await asyncio.sleep(self._pace)
            raise ConnectionAbortedError
        if scenario.after is After.FINISH:
            yield wire.piece(number, _last(call, scenario, wire))
        yield wire.end()


class _Reply(StreamingResponse):
    """A stream that notes whether the client went away, and may keep its headers back."""

    def __init__(self, body: AsyncIterator[bytes], call: Call, wire: Wire, *, headers: bool) -> None:
        super().__init__(body, media_type=wire.content_type)
        self._call, self._with_headers = call, headers

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Stream until the body ends or the client goes."""
        streaming = asyncio.create_task(self.stream_response(send) if self._with_headers else asyncio.Event().wait())
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait([streaming, gone], return_when=asyncio.FIRST_COMPLETED)
            self._call.disconnected = gone.done() and not streaming.done()
            self._call.ended.set()
            if streaming.done():
                await streaming
        finally:
            for task in (streaming, gone):
                task.cancel()
                with suppress(asyncio.CancelledError, ConnectionAbortedError, ClientDisconnect):
                    await task


async def _gone(receive: Receive) -> None:
    message: Message = {}
    while message.get("type") != "http.disconnect":
        message = await receive()


def _scenario(model: str) -> Scenario | None:
    if model.startswith("gemini-"):
        return SCENARIOS["story"]
    return SCENARIOS.get(model.removeprefix("scenario-"))


def _has_text(body: dict[str, Any]) -> bool:
    return any(part.get("text") for content in body.get("contents", []) for part in content.get("parts", []))


def _story(call: Call) -> list[str]:
    # The last piece depends on the request, so that another request gives another story.
    return [*_STORY, sha256(repr(call.body["contents"]).encode()).hexdigest()[:8] + "."]


def _response(call: Call, scenario: Scenario, text: str) -> dict[str, Any]:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    return {"candidates": [candidate], **_counted(call, scenario, len(text)), "modelVersion": call.model}


def _last(call: Call, scenario: Scenario, wire: Wire) -> dict[str, Any]:
    if scenario.blocked is not None:
        feedback = {"promptFeedback": {"blockReason": wire.block(scenario.blocked)}}
        return {**feedback, **_counted(call, scenario, 0), "modelVersion": call.model}
    candidate = {"finishReason": wire.finish(scenario.finish), "index": 0}
    return {"candidates": [candidate], **_counted(call, scenario, 200), "modelVersion": call.model}


def _counted(call: Call, scenario: Scenario, letters: int) -> dict[str, Any]:
    if not scenario.usage:
        return {}
    read, written = len(repr(call.body["contents"])) // 4, letters // 4
    counted = {"promptTokenCount": read, "totalTokenCount": read + written}
    return {"usageMetadata": counted | ({"candidatesTokenCount": written} if written else {})}


def _refusal(wire: Wire, status: int, name: str, message: str, reason: str | None = None) -> Response:
    return Response(wire.refusal(status, name, message, reason), status, media_type="application/json; charset=UTF-8")
