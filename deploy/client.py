"""A client of the gateway, as any program might be one: submit a file, watch its story to the end, read it."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Self

import aiohttp

from contracts import live
from contracts.events import ProcessingDelta, ProcessingStart
from contracts.live import DeltaGap
from contracts.socket import LiveText
from contracts.subjects import socket_event
from deploy.session import fault_of, open_session
from deploy.story_socket import RefusedError, SocketLostError, StoryEvent, opened

_PASSING = ("unavailable", "internal")
"""Codes of refusals that may be over in a moment."""
_START = socket_event(ProcessingStart.kind)
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 2.0


class GatewayUnreachableError(Exception):
    """Nobody answers at the gateway's address."""


GetToken = Callable[[aiohttp.ClientSession], Awaitable[str]]


class StoryClient:
    """Use it in `async with`. `patience` is how many seconds without any progress it bears before it gives up.

    `token` says who it is, or gives that when it is first needed; without one it is a new guest.
    """

    def __init__(
        self, gateway: str = "http://localhost:3001", *, token: str | GetToken | None = None, patience: float = 60.0
    ) -> None:
        self._gateway = gateway.rstrip("/")
        self._token = token
        self._patience = patience

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60, connect=5))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def token(self) -> str:
        """Who it is. RefusedError; aiohttp's errors, TimeoutError."""
        if self._token is None:
            self._token = (await open_session(self._http, self._gateway)).token
        elif not isinstance(self._token, str):
            self._token = await self._token(self._http)
        return self._token

    async def submit(
        self, file: bytes, *, name: str, title: str, prompt: str | None = None, key: str | None = None
    ) -> str:
        """Ask for a story; give its id. The same `key` (Idempotency-Key) asks for the same story. RefusedError."""
        key = key or str(uuid.uuid4())
        trouble = _Trouble(min(self._patience, 10.0))
        while True:
            form = aiohttp.FormData({"title": title} if prompt is None else {"title": title, "prompt": prompt})
            form.add_field("file", file, filename=name, content_type="text/plain")
            try:
                accepted = await self._ask("POST", "/api/stories", data=form, headers={"Idempotency-Key": key})
                return str(accepted["storyId"])
            except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
                raise GatewayUnreachableError(getattr(error, "strerror", None) or "not an address") from error
            except (aiohttp.ClientError, TimeoutError, RefusedError) as error:  # the key makes it safe to ask again
                await trouble.endure(error)

    async def story(self, story_id: str) -> dict[str, Any]:
        """Give the story as it stands. RefusedError when there is none."""
        try:
            return await self._ask("GET", f"/api/stories/{story_id}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise GatewayUnreachableError(str(error)) from error

    async def watch(
        self, story_id: str, after: int = 0, *, show: Callable[[LiveText], object] = lambda _: None
    ) -> AsyncGenerator[StoryEvent, None]:
        """Give each committed event after `after` once and in order, to the story's end, whatever happens in between.

        `show` is called with the text of the attempt that runs, whenever there is more of it or it begins anew.
        Leave early only inside `contextlib.aclosing`. RefusedError, GatewayUnreachableError.
        """
        last, trouble = after, _Trouble(self._patience)
        while True:
            cause: Exception | None = None
            try:
                async with opened(self._gateway, await self._own()) as socket, aclosing(socket.events()) as events:
                    joined = await socket.join(story_id, last)
                    if joined.story.ended and last >= joined.sequence:
                        return
                    text = _Text(joined.live, show)
                    async for event in events:
                        if isinstance(event, ProcessingDelta):
                            text.follow(event)
                            continue
                        if event.sequence <= last:
                            continue
                        if event.sequence > last + 1:
                            break  # something was lost on the way: join again, from where we are
                        last = event.sequence
                        trouble.is_over()
                        text.begin(event)
                        yield event
                        if event.is_terminal and last >= joined.sequence:
                            return
            except DeltaGap:
                pass  # a piece of the text was lost on the way: join again, and get it in one piece
            except (SocketLostError, RefusedError) as error:
                cause = error
            await trouble.endure(cause)

    async def _own(self) -> str:
        try:
            return await self.token()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SocketLostError(str(error)) from error

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **request: Any
    ) -> dict[str, Any]:
        named = {"Authorization": f"Bearer {await self.token()}", **(headers or {})}
        async with self._http.request(method, self._gateway + path, headers=named, **request) as answer:
            if answer.ok:
                body: dict[str, Any] = await answer.json()
                return body
            raise RefusedError(await fault_of(answer))


class _Text:
    """The text of the attempt that runs."""

    def __init__(self, text: LiveText | None, show: Callable[[LiveText], object]) -> None:
        self._text = text
        self._show = show
        if text is not None:
            show(text)

    def begin(self, event: StoryEvent) -> None:
        """A new attempt begins the text anew."""
        if event.name == _START:
            self._now(live.begin(self._text, int(event.data["attempt"])))

    def follow(self, delta: ProcessingDelta) -> None:
        """Add a piece. DeltaGap."""
        self._now(live.follow(self._text, delta))

    def _now(self, text: LiveText | None) -> None:
        if text is not None and text != self._text:
            self._text = text
            self._show(text)


class _Trouble:
    """How long things have been going wrong, and so how long to wait before the next try."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self.is_over()

    def is_over(self) -> None:
        self._since: float | None = None
        self._delay = _FIRST_DELAY

    async def endure(self, cause: Exception | None) -> None:
        """Wait a little longer than last time. Raises the refusal that waiting does not mend, and at the end of patience."""
        now = asyncio.get_running_loop().time()
        self._since = self._since or now
        over = now - self._since > self._patience
        if isinstance(cause, RefusedError) and (over or cause.fault.code not in _PASSING):
            raise cause
        if over:
            raise GatewayUnreachableError(str(cause or "the connection ends again and again")) from cause
        await asyncio.sleep(self._delay)
        self._delay = min(self._delay * 2, _LONGEST_DELAY)
