"""What clients say, looked at before any library does: Engine.IO frames, and the Socket.IO packets in them."""

import json
import re
from dataclasses import dataclass

from contracts.subjects import NAMESPACE

CONNECT, DISCONNECT, EVENT = "0", "1", "2"
_FRAME = re.compile(r"[13]|4[0-4].*", re.DOTALL)
_UPGRADE = frozenset({"2probe", "5"})
_PACKET = re.compile(rf"(?P<kind>[0-4]){re.escape(NAMESPACE)}(?:,(?P<id>[0-9]{{1,9}})?(?P<data>.*))?", re.DOTALL)
_ELSEWHERE = re.compile(r"0(/[^,]{0,40},?.*)?", re.DOTALL)
DEEPEST = 32  # levels of nesting


@dataclass(frozen=True)
class Said:
    """A Socket.IO packet for our namespace; `number` is that of the ack that is asked for."""

    kind: str
    number: int | None


def is_frame(said: object, *, upgrading: bool) -> bool:
    """Whether a client may say that: close, pong, a text message; the two of an upgrade. Nothing binary, and no pings."""
    if not isinstance(said, str):
        return False
    return said in _UPGRADE if upgrading else _FRAME.fullmatch(said) is not None


def read(message: object) -> Said | None:
    """What a message says; None when it is no packet that a client may send."""
    found = _PACKET.fullmatch(message) if isinstance(message, str) else None
    if found is None:
        # Who wants into another namespace is told by the library that there is none.
        return Said(CONNECT, None) if isinstance(message, str) and _ELSEWHERE.fullmatch(message) else None
    kind, number, data = found["kind"], found["id"], found["data"] or ""
    if not _fits(kind, data):
        return None
    return Said(kind, int(number) if number else None)


def _fits(kind: str, data: str) -> bool:
    if kind == DISCONNECT:
        return not data
    if kind == CONNECT and not data:
        return True
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return False
    if _depth(said) > DEEPEST:
        return False
    if kind == CONNECT:
        return True  # Who lets it in looks at what it brings.
    return kind == EVENT and isinstance(said, list) and bool(said) and isinstance(said[0], str)


def _depth(value: object) -> int:
    deepest, left = 0, [(value, 1)]
    while left:
        value, depth = left.pop()
        if isinstance(value, dict | list):
            deepest = max(deepest, depth)
            left += [(inner, depth + 1) for inner in (value.values() if isinstance(value, dict) else value)]
    return deepest
