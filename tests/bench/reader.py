"""One WebSocket that reads. No library, no JSON, no frame is taken apart: what comes in is searched for a few beginnings."""

import json
import re
import socket
from collections.abc import Mapping

EVENT = b"42/stories,["
SENT_AT = re.compile(rb'"message":"(\d{19})')  # what the author stamps on an event
STAMP = len('"message":"') + 19  # bytes

_PING, _PONG = b"\x81\x012", b"\x81\x81\0\0\0\x003"
_WS_PING = re.compile(rb"\x89\x04(....)", re.DOTALL)
_READ = 256 * 1024
_UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_CONNECTED, _JOINED, _REFUSED = b"40/stories,", b'43/stories,0[{"ok":true', b'{"ok":false'


def masked(text: str) -> bytes:
    """A client's frame; a mask of zeros changes nothing."""
    length = len(text)
    head = bytes((0x81, 0x80 | length)) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + b"\0\0\0\0" + text.encode()


def handshakes(auth: str, rooms: Mapping[str, int]) -> list[list[tuple[bytes, bytes]]]:
    """For each story, after a sequence: what its reader waits for and says then, step by step."""
    connect = masked(f"40/stories,{auth}")
    joins = [json.dumps(["story:join", {"storyId": story_id, "after": after}]) for story_id, after in rooms.items()]
    return [[(b"\r\n\r\n", connect), (_CONNECTED, masked(f"42/stories,0{join}")), (_JOINED, b"")] for join in joins]


class Reader:
    """It joins one story, and then counts what others find in what it read."""

    def __init__(self, port: int, handshake: list[tuple[bytes, bytes]]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.socket.sendall(_UPGRADE)
        self._steps = list(reversed(handshake))
        self._begun = b""
        self.received = 0
        self.tail = b""

    @property
    def is_live(self) -> bool:
        return not self._steps

    def read(self) -> bytes:
        """What has come, behind the handshake."""
        read = self.socket.recv(_READ)
        if not read:
            raise SystemExit("a reader was hung up on")
        if not self.is_live:
            read = self._shake_hands(read)
        if _PING in read:
            self.socket.sendall(_PONG)
        if (ping := _WS_PING.search(read)) is not None:
            self.socket.sendall(b"\x8a\x84\0\0\0\0" + ping[1])
        return read

    def _shake_hands(self, read: bytes) -> bytes:
        self._begun += read
        if _REFUSED in self._begun:
            raise SystemExit(f"a reader was refused: {self._begun[-300:]!r}")
        while self._steps and (found := self._begun.find(self._steps[-1][0])) >= 0:
            awaited, answer = self._steps.pop()
            self._begun = self._begun[found + len(awaited) :]
            if answer:
                self.socket.sendall(answer)
        return self._begun if self.is_live else b""
