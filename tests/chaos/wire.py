"""A small Socket.IO client, written from the protocol's documents and sharing nothing with the one that is shipped.

One websocket, one namespace, text packets only. What arrives is handed on as it stood in the frame.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

_NAMESPACE = "/stories"
_MAX_FRAME = 32 * 1024 * 1024
_OPEN_WITHIN = 8.0


class Lost(Exception):
    """There is no connection, or none any more."""


@dataclass(frozen=True)
class Packet:
    """An event: its name, what its payload says, and the payload's very text."""

    name: str
    data: Any
    raw: str


@dataclass(frozen=True)
class Ack:
    """The answer to what was asked under this number."""

    number: int
    answer: Any


class Wire:
    """An open connection; see `dial`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, name: str, payload: object) -> int:
        """Emit an event and give the number that its ack will carry. Raises Lost."""
        self._number += 1
        await self._send(f"42{_NAMESPACE},{self._number}{json.dumps([name, payload])}")
        return self._number

    async def packets(self) -> AsyncIterator[Packet | Ack]:
        """What arrives, in the order of arrival. Raises Lost at the end of the connection."""
        while True:
            frame = await self._receive()
            if frame == "2":
                await self._send("3")
            elif frame.startswith("42"):
                yield _event(_after_namespace(frame[2:]))
            elif frame.startswith("43"):
                yield _ack(_after_namespace(frame[2:]))
            elif frame.startswith(("41", "44", "1")):
                raise Lost(frame)

    def abort(self) -> None:
        """Break the connection off, as a cable that is pulled."""
        self._socket.transport.abort()

    async def open(self, token: str) -> None:
        """The two handshakes: Engine.IO's, then the namespace's. Raises Lost."""
        if not (greeting := await self._receive()).startswith("0"):
            raise Lost(f"no greeting: {greeting[:100]}")
        await self._send(f"40{_NAMESPACE},{json.dumps({'token': token})}")
        if not (welcome := await self._receive()).startswith(f"40{_NAMESPACE},"):
            raise Lost(f"not let in: {welcome[:100]}")

    async def _send(self, frame: str) -> None:
        try:
            await self._socket.send(frame)
        except (WebSocketException, OSError) as error:
            raise Lost(repr(error)) from error

    async def _receive(self) -> str:
        try:
            frame = await self._socket.recv()
        except (WebSocketException, OSError) as error:
            raise Lost(repr(error)) from error
        if not isinstance(frame, str):
            raise Lost("a binary frame")
        return frame


async def dial(port: int, token: str) -> Wire:
    """Connect to the gateway behind this port. Raises Lost."""
    url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
    try:
        async with asyncio.timeout(_OPEN_WITHIN):
            wire = Wire(await connect(url, compression=None, max_size=_MAX_FRAME, ping_interval=None, proxy=None))
            try:
                await wire.open(token)
            except BaseException:
                wire.abort()
                raise
            return wire
    except (WebSocketException, OSError, TimeoutError, EOFError) as error:
        raise Lost(repr(error)) from error


def _after_namespace(rest: str) -> str:
    return rest.removeprefix(f"{_NAMESPACE},")


def _event(rest: str) -> Packet:
    """`["name",{...}]`"""
    name, data = json.loads(rest)
    return Packet(name, data, rest[rest.index(",") + 1 : -1])  # no comma stands in the name of an event


def _ack(rest: str) -> Ack:
    """`7[{...}]`"""
    digits = rest[: rest.index("[")]
    return Ack(int(digits), json.loads(rest[len(digits) :])[0])
