"""The load generator: thousands of WebSockets that read, in a process of its own, told what to do by lines of JSON.

It does as little as can be done, so that it is never the one that is waited for: each answer says what share of a core it took.
"""

import json
import selectors
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.bench.reader import EVENT, SENT_AT, STAMP, Reader, handshakes

_PATIENCE = 20  # seconds without anything new, after which the rest is missing
_AT_ONCE = 64  # that begin before any is looked after


class Readers:
    """All of them."""

    def __init__(self) -> None:
        self._selector = selectors.EpollSelector()
        self._readers: list[Reader] = []
        self._live = 0
        self._received = 0
        self._begun = 0.0
        self._latencies: list[int] | None = None
        self._own: list[int] = []

    def run(self) -> None:
        for line in sys.stdin:
            command, given = json.loads(line)
            cpu, begun = time.process_time(), time.monotonic()
            answer = getattr(self, command)(**given)
            answer["busy"] = (time.process_time() - cpu) / (time.monotonic() - begun)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    def open(self, port: int, auth: str, rooms: Mapping[str, int], viewers: int, expected: int = 0) -> dict[str, Any]:
        """So many more viewers of each story, each wanting what comes after the sequence given; on return all have joined.

        Where events are `expected`, that many have been received on return, too. `seconds` is what all that took.
        """
        begun = time.monotonic()
        self._received, self._latencies = 0, None  # an answer to a join shows a stamp, too: the story's last message
        steps = handshakes(auth, rooms)
        for _ in range(viewers):
            for handshake in steps:
                self._readers.append(reader := Reader(port, handshake))
                self._selector.register(reader.socket, selectors.EVENT_READ, reader)
                if len(self._readers) % _AT_ONCE == 0:
                    self._turn(0)
        while self._live < len(self._readers):
            self._turn(1)
        answer = self.expect(expected) if expected else {}
        return answer | {"seconds": time.monotonic() - begun}

    def expect(self, events: int, *, latencies: bool = False) -> dict[str, Any]:
        """Return when so many have been received since the readers were opened, or since the last time.

        `each` says how many readers had how many of them: [[events, readers], ...]. `latencies` are nanoseconds from
        publishing to reading, and `own` those of them for which the socket was known to be readable.
        """
        self._latencies, self._own = [] if latencies else None, []
        last = time.monotonic()
        while self._received < events:
            before = self._received
            self._turn(1)
            last = time.monotonic() if self._received > before else last
            if time.monotonic() - last > _PATIENCE:
                break
        received, self._received = self._received, 0
        each = Counter(reader.received for reader in self._readers)
        for reader in self._readers:
            reader.received = 0
        return {"received": received, "each": sorted(each.items()), "latencies": self._latencies, "own": self._own}

    def close(self) -> dict[str, Any]:
        for reader in self._readers:
            self._selector.unregister(reader.socket)
            reader.socket.close()
        self._readers.clear()
        self._live = 0
        return {}

    def _turn(self, timeout: float) -> None:
        ready = self._selector.select(timeout)
        known = time.monotonic_ns()
        for key, _ in ready:
            was_live = key.data.is_live
            read = key.data.read()
            self._live += key.data.is_live and not was_live
            self._count(key.data, read, known)

    def _count(self, reader: Reader, read: bytes, known: int) -> None:
        whole = reader.tail + read
        if self._latencies is None:
            events, kept = whole.count(EVENT), len(EVENT) - 1
        else:
            now, stamps = time.monotonic_ns(), SENT_AT.findall(whole)
            events, kept = len(stamps), STAMP - 1
            self._latencies += [now - int(at) for at in stamps]
            self._own += [now - known] * events
        reader.tail = whole[-kept:]
        reader.received += events
        self._received += events


if __name__ == "__main__":
    Readers().run()
