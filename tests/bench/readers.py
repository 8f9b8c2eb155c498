"""The load generator: thousands of WebSockets that read, in a process of its own, told what to do by lines of JSON.

It does as little as can be done: no library, no JSON, no frame is taken apart. What comes in is searched for the few
beginnings that matter, so that this process is never the one that is waited for; it says what CPU it took.
"""

import json
import re
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

_EVENT = b"42/stories,["
_TAIL = len(_EVENT) - 1
_SENT_AT = re.compile(rb'"message":"(\d{19})')
_PING, _PONG = b"\x81\x012", b"\x81\x81\0\0\0\x003"
_WS_PING = re.compile(rb"\x89\x04(....)", re.DOTALL)
_READ = 256 * 1024
_UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def masked(text: str) -> bytes:
    """A client's frame; a mask of zeros changes nothing."""
    length = len(text)
    head = bytes((0x81, 0x80 | length)) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + b"\0\0\0\0" + text.encode()


class Reader:
    """One WebSocket. What it waits for, and what it says when that has come."""

    def __init__(self, port: int, auth: str, story_id: str, after: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.socket.sendall(_UPGRADE)
        join = json.dumps(["story:join", {"storyId": story_id, "after": after}])
        self._steps = [
            (b"\r\n\r\n", masked(f"40/stories,{auth}")),
            (b"40/stories,", masked(f"42/stories,0{join}")),
            (b'43/stories,0[{"ok":true', b""),
        ]
        self._begun = b""
        self.received = 0
        self.tail = b""

    @property
    def is_live(self) -> bool:
        return not self._steps

    def begin(self, read: bytes) -> bytes:
        """Go on with the handshake; what stands behind it is returned."""
        self._begun += read
        if b'{"ok":false' in self._begun:
            raise SystemExit(f"a reader was refused: {self._begun[-300:]!r}")
        while self._steps and (found := self._begun.find(self._steps[0][0])) >= 0:
            (_, answer), self._begun = self._steps[0], self._begun[found + len(self._steps[0][0]) :]
            del self._steps[0]
            if answer:
                self.socket.sendall(answer)
        return self._begun if self.is_live else b""


class Readers:
    """All of them."""

    def __init__(self) -> None:
        self._selector = selectors.EpollSelector()
        self._readers: list[Reader] = []
        self._received = 0
        self._latencies: list[int] | None = None

    def run(self) -> None:
        for line in sys.stdin:
            command, given = json.loads(line)
            answer = getattr(self, command)(**given)
            sys.stdout.write(json.dumps(answer | {"cpu": time.process_time()}) + "\n")
            sys.stdout.flush()

    def open(self, port: int, auth: str, rooms: Mapping[str, int], viewers: int) -> dict[str, Any]:
        """So many viewers of each story, each wanting what comes after the sequence given; all have joined on return."""
        begun = time.monotonic()
        self._received = 0
        waiting = 0
        for _ in range(viewers):
            for story_id, after in rooms.items():
                reader = Reader(port, auth, story_id, after)
                self._readers.append(reader)
                self._selector.register(reader.socket, selectors.EVENT_READ, reader)
                waiting += 1
                if waiting % 64 == 0:
                    self._turn(0)
        while not all(reader.is_live for reader in self._readers):
            self._turn(1)
        return {"seconds": time.monotonic() - begun}

    def expect(self, events: int, *, latencies: bool = False) -> dict[str, Any]:
        """Return when so many have been received since the readers were opened, or since the last time.

        `each` says how many readers had how many of them: [[events, readers], ...].
        """
        self._latencies = [] if latencies else None
        last = time.monotonic()
        while self._received < events:
            before = self._received
            self._turn(1)
            last = time.monotonic() if self._received > before else last
            if time.monotonic() - last > 20:
                break
        received, self._received = self._received, 0
        each = Counter(reader.received for reader in self._readers)
        for reader in self._readers:
            reader.received = 0
        return {"received": received, "each": sorted(each.items()), "latencies": self._latencies}

    def close(self) -> dict[str, Any]:
        for reader in self._readers:
            self._selector.unregister(reader.socket)
            reader.socket.close()
        self._readers.clear()
        return {}

    def _turn(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            if isinstance(key.data, Reader):
                self._read(key.data)

    def _read(self, reader: Reader) -> None:
        read = reader.socket.recv(_READ)
        if not read:
            raise SystemExit("a reader was hung up on")
        if not reader.is_live:
            read = reader.begin(read)
        if _PING in read:
            reader.socket.sendall(_PONG)
        if (ping := _WS_PING.search(read)) is not None:
            reader.socket.sendall(b"\x8a\x84\0\0\0\0" + ping[1])
        whole = reader.tail + read
        events = whole.count(_EVENT)
        reader.received += events
        self._received += events
        reader.tail = whole[-_TAIL:]
        if self._latencies is not None:
            now = time.monotonic_ns()
            self._latencies += [now - int(at) for at in _SENT_AT.findall(whole)]


if __name__ == "__main__":
    Readers().run()
