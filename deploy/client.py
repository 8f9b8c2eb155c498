"""A client of the gateway, as any program might be one: submit a file, watch its story to the end, read it."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
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

        A deletion is the end, too, and the one event that may come behind a gap: what was in it is gone.

        `show` is called with the text of the attempt that runs, whenever there is more of it or it begins anew.
        Leave early only inside `contextlib.aclosing`. RefusedError, GatewayUnreachableError.
        """
        place, trouble = _Place(after), _Trouble(self._patience)
        while not place.is_the_end:
            cause: Exception | None = None
            try:
                async with aclosing(self._connection(story_id, place, trouble, show)) as events:
                    async for event in events:
                        yield event
            except DeltaGap:
                pass  # a piece of the text was lost on the way: join again, and get it in one piece
            except (SocketLostError, RefusedError) as error:
                cause = error
            if not place.is_the_end:
                await trouble.endure(cause)

    async def _connection(
        self, story_id: str, place: "_Place", trouble: "_Trouble", show: Callable[[LiveText], object]
    ) -> AsyncGenerator[StoryEvent, None]:
        """Give what follows `place`, and move it, until something is missing or over. SocketLostError, RefusedError, DeltaGap."""
        async with opened(self._gateway, await self._own()) as socket, aclosing(socket.events()) as events:
            joined = await socket.join(story_id, place.last)
            place.is_the_end = joined.story.ended and place.last >= joined.sequence
            text = _Text(joined.live, show)
            while not place.is_the_end and (event := await anext(events, None)):
                if isinstance(event, ProcessingDelta):
                    if text.follow(event):
                        trouble.is_over()
                elif event.sequence > place.last + 1 and not event.is_deletion:
                    return  # something was lost on the way: join again, from where we are
                elif event.sequence > place.last:
                    place.last = event.sequence
                    place.is_the_end = event.is_deletion or (event.is_terminal and place.last >= joined.sequence)
                    trouble.is_over()
                    text.begin(event)
                    yield event

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


@dataclass
class _Place:
    """How far a story has been watched."""

    last: int
    is_the_end: bool = False


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

    def follow(self, delta: ProcessingDelta) -> bool:
        """Add a piece. Returns whether it was a new one. DeltaGap."""
        return self._now(live.follow(self._text, delta))

    def _now(self, text: LiveText | None) -> bool:
        if text is None or text == self._text:
            return False
        self._text = text
        self._show(text)
        return True


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
