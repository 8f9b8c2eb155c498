"""Events of a client that is let in, and packets of one that may not even speak the protocol."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from contracts.socket import CANCEL, JOIN, LEAVE, RETRY
from contracts.subjects import NAMESPACE, RENEW
from tests import tokens
from tests.fuzz.evidence import Evidence

_STORY = "01jhv7w0000000000000000001"
_NASTY: list[Any] = [
    *(
        {"$gt": ""},
        {"$where": "1"},
        "a.b",
        "*",
        ">",
        "story.>",
        " ",
        "\r\nX: y",
        "\0",
        "\ud800",
        2**64,
        -(2**63),
        1e308,
    ),
    *(True, None, [], {}, _STORY, _STORY + "\n", _STORY.upper(), "0" * 26, "../../etc/passwd", "a" * 5_000, "💡" * 26),
]
_leaves = st.sampled_from(_NASTY) | st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_values = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
_keys = st.sampled_from(["storyId", "after", "epoch", "force", "share", "token", "__proto__", "story_id"]) | st.text()
_payloads = st.dictionaries(_keys, _values, max_size=5) | _values
_names = st.sampled_from([JOIN, LEAVE, CANCEL, RETRY, RENEW, "connect", "disconnect", "*", "message"]) | st.text()

_pieces = st.sampled_from(
    [
        *"0123456789",
        "-",
        "/",
        NAMESPACE,
        ",",
        "[",
        "]",
        "{",
        "}",
        '"',
        "\x1e",
        "b",
        "2probe",
        "\0",
        "²",
        "null",
        "_placeholder",
    ]
)
_garbage = st.lists(_pieces | st.text(max_size=5), max_size=12).map("".join)
_nested = st.integers(1, 10_000).map(lambda depth: f'42{NAMESPACE},1["{JOIN}",' + "[" * depth)
_packets = (
    _garbage
    | _garbage.map(lambda rest: f"4{rest}")
    | _garbage.map(lambda rest: f"42{NAMESPACE},{rest}")
    | st.builds(lambda kind, data: f"4{kind}{NAMESPACE},{json.dumps(data)}", st.integers(0, 9), _payloads)
    | _nested
    | st.binary(max_size=50)
)


def fuzz_events(evidence: Evidence, examples: int, seed: int) -> None:
    """So many events, each of which has to be acknowledged."""
    wire = _Wire(evidence)

    def one(name: str, arguments: list[Any]) -> None:
        evidence.count("events")
        if not wire.ask(name, arguments):
            evidence.broken.append(f"no ack: {name!r} {arguments!r}"[:300])

    _run(given(_names, st.lists(_payloads, max_size=3))(one), examples, seed)
    wire.close()


def fuzz_packets(evidence: Evidence, examples: int, seed: int, *, known: bool) -> None:
    """So many packets of a socket that is let in, or that never says whose it is. It may be hung up on, and that is all."""
    wire = _Wire(evidence, known=known)

    def one(packet: str | bytes) -> None:
        evidence.count("packets")
        wire.say(packet)

    _run(given(_packets)(one), examples, f"{seed} {known}")  # not the same packets twice
    wire.close()


def _run(test: Callable[[], None], examples: int, seed: int | str) -> None:
    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seeded(seed)(chosen(test))()


class _Wire:
    """A connection, and another one whenever that has been ended."""

    def __init__(self, evidence: Evidence, *, known: bool = True) -> None:
        self._url = f"ws://127.0.0.1:{evidence.house.port}/socket.io/?EIO=4&transport=websocket"
        self._known = known
        self._number = 0
        self._socket: ClientConnection | None = None

    def ask(self, name: str, arguments: list[Any]) -> bool:
        """Whether it was acknowledged; what is reserved is not, and says nothing."""
        self._number += 1
        self.say(f"42{NAMESPACE},{self._number}{json.dumps([name, *arguments])}")
        if name in ("connect", "disconnect"):
            return True
        try:
            return self._hear(f"43{NAMESPACE},{self._number}[")
        except (WebSocketException, TimeoutError, OSError):
            self._socket = None
            return False

    def say(self, packet: str | bytes) -> None:
        try:
            socket = self._open()
            with suppress(TimeoutError):
                self._hear("nothing that ever comes", timeout=0)
            if isinstance(packet, str):
                socket.send(packet.encode(errors="surrogatepass"), text=True)
            else:
                socket.send(packet)
        except (WebSocketException, OSError):
            self._socket = None

    def _hear(self, beginning: str, timeout: float = 20) -> bool:
        """Read on until something begins so. Raises TimeoutError, WebSocketException."""
        while self._socket is not None:
            told = str(self._socket.recv(timeout=timeout))
            if told == "2":
                self._socket.send("3")
            if told.startswith(beginning):
                return True
        return False

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _open(self) -> ClientConnection:
        if self._socket is None:
            self._socket = connect(
                self._url, compression=None, max_size=None, ping_interval=None, proxy=None, legacy=True
            )
            self._socket.recv(timeout=20)
            if self._known:
                self._socket.send(f"40{NAMESPACE},{json.dumps({'token': tokens.token()})}")
                self._socket.recv(timeout=20)
        return self._socket
