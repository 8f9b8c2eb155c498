"""One Socket.IO connection that watches one story, from its opening to its end. It never reconnects: `client.py` does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import socketio
from pydantic import BaseModel, ValidationError
from socketio.exceptions import SocketIOError

from contracts.events import TERMINAL, Deleted, ProcessingDelta
from contracts.limits import MESSAGE_BYTES
from contracts.socket import JOIN, Fault, LiveText
from contracts.story import StoryState
from contracts.subjects import NAMESPACE, socket_event

OPEN_WITHIN = 10.0
"""Seconds for the connection to open."""
JOINED_WITHIN = 15.0
"""Seconds for a join to be answered; longer than the gateway takes to say that it cannot."""
_GOODBYE_WITHIN = 2.0
_DELTA = socket_event(ProcessingDelta.kind)
_DELETED = socket_event(Deleted.kind)
_TERMINAL = frozenset(socket_event(event.kind) for event in TERMINAL)


class SocketLostError(Exception):
    """There is no connection, or there is none any more."""


class RefusedError(Exception):
    """The gateway said no; `fault` says why. The text is the sentence for the user."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class StoryEvent:
    """A committed event of a story as a client sees it: its Socket.IO name and its payload."""

    name: str
    data: dict[str, Any]

    @property
    def sequence(self) -> int:
        """1, 2, 3, ... within the story."""
        return int(self.data["sequence"])

    @property
    def is_terminal(self) -> bool:
        """Whether it ended an attempt: complete, error or cancelled."""
        return self.name in _TERMINAL

    @property
    def is_deletion(self) -> bool:
        """Whether the story is gone: nothing follows, and what had not come before never will."""
        return self.name == _DELETED


class _Answer(BaseModel):
    ok: bool
    sequence: int = 0
    story: StoryState | None = None
    live: LiveText | None = None
    error: Fault | None = None


@dataclass(frozen=True)
class Joined:
    """The story as it stands after its event number `sequence`, and the text so far while an attempt runs."""

    story: StoryState
    sequence: int
    live: LiveText | None


class StorySocket:
    """An open connection, see `opened`."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._inbox: asyncio.Queue[StoryEvent | ProcessingDelta | None] = asyncio.Queue()
        self._answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._socket = socketio.AsyncClient(
            http_session=http,
            reconnection=False,
            handle_sigint=False,
            # aiohttp's 4 MiB would cut the connection at a long story, and again after every reconnection.
            websocket_extra_options={"max_msg_size": 2 * MESSAGE_BYTES},
        )
        # Handlers that do not await run in the order of arrival; each other kind would be a task that may be overtaken.
        self._socket.on("*", self._received, namespace=NAMESPACE)
        self._refusal: Fault | None = None
        self._socket.on("connect_error", self._refused, namespace=NAMESPACE)
        self._socket.on("disconnect", self._disconnected, namespace=NAMESPACE)

    def _received(self, name: str, data: object = None, *_: object) -> None:
        if not isinstance(data, dict):
            return
        if name == _DELTA:
            with suppress(ValidationError):  # one that is none leaves a gap, and a gap is noticed
                self._inbox.put_nowait(ProcessingDelta.model_validate(data))
        elif "sequence" in data:
            self._inbox.put_nowait(StoryEvent(name, data))

    def _refused(self, told: object = None, *_: object) -> None:
        with suppress(ValidationError):
            self._refusal = Fault.model_validate(told["data"] if isinstance(told, dict) and "data" in told else told)

    def _disconnected(self, *_: object) -> None:
        self._inbox.put_nowait(None)
        self._answered()

    def _answered(self, answer: object = None, *_: object) -> None:
        if not self._answer.done():
            self._answer.set_result(answer)

    async def connect(self, gateway: str, token: str) -> None:
        """Open the connection. SocketLostError when there is nobody, or no answer in time; RefusedError."""
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                await self._socket.connect(
                    gateway,
                    auth={"token": token},
                    transports=["websocket"],
                    namespaces=[NAMESPACE],
                    wait_timeout=OPEN_WITHIN,
                )
        except (SocketIOError, aiohttp.ClientError, TimeoutError, OSError) as error:
            if self._refusal is not None:
                raise RefusedError(self._refusal) from error
            raise SocketLostError(str(error) or "no answer in time") from error

    async def join(self, story_id: str, after: int) -> Joined:
        """Watch the story from after this sequence. RefusedError."""
        asked = {"storyId": story_id, "after": after}
        try:
            # Not `call`, which goes on waiting when the connection has gone.
            await self._socket.emit(JOIN, asked, namespace=NAMESPACE, callback=self._answered)
            async with asyncio.timeout(JOINED_WITHIN):
                answer = await self._answer
        except (SocketIOError, TimeoutError) as error:
            raise SocketLostError("the join was not answered") from error
        if answer is None:
            raise SocketLostError("the connection ended before the join was answered")
        joined = _read(answer)
        if joined.error:
            raise RefusedError(joined.error)
        if joined.story is None:
            raise SocketLostError("the join was answered without a story")
        return Joined(joined.story, joined.sequence, joined.live)

    async def events(self) -> AsyncGenerator[StoryEvent | ProcessingDelta, None]:
        """Give what arrives, until the connection ends."""
        while event := await self._inbox.get():
            yield event

    async def close(self) -> None:
        """Say goodbye, but not for long: the other side may be frozen."""
        with suppress(SocketIOError, aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(_GOODBYE_WITHIN):
                await self._socket.disconnect()
        self._answer.cancel()


def _read(answer: object) -> _Answer:
    try:
        return _Answer.model_validate(answer)
    except ValidationError as error:
        raise SocketLostError(f"the join was answered in other words than ours ({error})") from error


@asynccontextmanager
async def opened(gateway: str, token: str) -> AsyncIterator[StorySocket]:
    """Connect to a gateway, for the time of the block."""
    async with aiohttp.ClientSession() as http:  # one of its own: python-engineio closes the session it was given
        socket = StorySocket(http)
        try:
            await socket.connect(gateway, token)
            yield socket
        finally:
            await socket.close()
