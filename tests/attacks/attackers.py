"""Those who attack, on loopback, each in a process of its own: `python -m tests.attacks.attackers KIND ARGUMENTS`.

Every one of them ends by itself. What it saw it prints as one line of JSON.
"""

import asyncio
import json
import sys
import time
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from contracts.subjects import NAMESPACE

_LEAVE = ["story:leave", {"storyId": "0" * 26}]


async def _open(port: int, token: str | None) -> ClientConnection:
    url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
    socket = await connect(url, compression=None, max_size=None, ping_interval=None, proxy=None, max_queue=None)
    await socket.recv()
    if token is not None:
        await socket.send(f"40{NAMESPACE},{json.dumps({'token': token})}")
        await socket.recv()
    return socket


async def flood(port: int, token: str, rate: int, seconds: float) -> dict[str, Any]:
    """Send so many events a second on one socket. What was answered in each second."""
    socket = await _open(port, token)
    handled, refused, sent = [0] * (int(seconds) + 1), [0] * (int(seconds) + 1), 0
    began = time.monotonic()

    async def listen() -> None:
        async for frame in socket:
            second = min(int(time.monotonic() - began), int(seconds))
            handled[second] += '"ok":true' in str(frame)
            refused[second] += "too_many_events" in str(frame)

    listening = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(seconds):
            while True:
                for _ in range(rate // 100):
                    await socket.send(f"42{NAMESPACE},{sent}{json.dumps(_LEAVE)}")
                    sent += 1
                await asyncio.sleep(max(0, began + sent / rate - time.monotonic()))
    except (TimeoutError, WebSocketException):
        pass
    listening.cancel()
    socket.transport.abort()
    return {"sent": sent, "handled": handled, "refused": refused}


async def crowd(port: int, sockets: int, seconds: float) -> dict[str, Any]:
    """Open so many sockets that never say whose they are. How many are left in the end."""
    opened = [await _open(port, None) for _ in range(sockets)]
    sys.stderr.write("there\n")
    await asyncio.sleep(seconds)
    return {"left": sum(socket.close_code is None for socket in opened)}


async def deaf(port: int, story: str, seconds: float, *tokens: str) -> dict[str, Any]:
    """Join, read nothing from then on, and answer pings that nobody has heard."""
    sockets = [await _open(port, token) for token in tokens]
    for socket in sockets:
        await socket.send(f"42{NAMESPACE},0{json.dumps(['story:join', {'storyId': story}])}")
        await socket.recv()
        socket.transport.pause_reading()
    sys.stderr.write("there\n")
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for socket in sockets:
            if not socket.transport.is_closing():
                socket.transport.write(b"\x81\x81\0\0\0\x003")  # a pong of Engine.IO, in a client's frame
        await asyncio.sleep(0.05)
    left = sum(not socket.transport.is_closing() for socket in sockets)
    for socket in sockets:
        socket.transport.abort()
    return {"left": left}


if __name__ == "__main__":
    kind, *given = sys.argv[1:]
    attack = {"flood": flood, "crowd": crowd, "deaf": deaf}[kind]
    arguments = [json.loads(each) for each in given]
    sys.stdout.write(json.dumps(asyncio.run(attack(*arguments))) + "\n")  # type: ignore[operator]
