"""The same, made of python-socketio, uvicorn and uvloop as they come: `python -m tests.bench.peers.stock PORT NATS_URL`."""

import json
import sys
from collections.abc import MutableMapping
from typing import Any

import nats
import socketio
import uvicorn
import uvloop
from nats.aio.msg import Msg

from contracts.subjects import ALL_STORIES, NAMESPACE, parse_subject, socket_event


async def healthy(scope: MutableMapping[str, Any], _receive: Any, send: Any) -> None:
    """Answer whatever is no Socket.IO."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


async def run(port: int, nats_url: str) -> None:
    sockets = socketio.AsyncServer(async_mode="asgi", namespaces=[NAMESPACE])

    async def join(sid: str, asked: dict[str, Any]) -> dict[str, Any]:
        await sockets.enter_room(sid, asked["storyId"], namespace=NAMESPACE)
        return {"ok": True}

    async def hear(message: Msg) -> None:
        story_id, kind = parse_subject(message.subject)
        await sockets.emit(socket_event(kind), json.loads(message.data), room=story_id, namespace=NAMESPACE)

    sockets.on("story:join", join, namespace=NAMESPACE)
    client = await nats.connect(nats_url)
    await client.subscribe(ALL_STORIES, cb=hear)
    app = socketio.ASGIApp(sockets, other_asgi_app=healthy)
    await uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="websockets")).serve()


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2]))
