"""An event as clients are sent it: a Socket.IO packet around the very bytes that were written, in a WebSocket frame."""

import json
import struct
from functools import lru_cache

from contracts.subjects import NAMESPACE, socket_event

_EVENT = f"42{NAMESPACE},["  # Engine.IO's "message", Socket.IO's "event"
_KINDS = 256  # far more than there are; a kind is the rest of a subject, and anybody may invent one
_WHOLE_TEXT = 0x81  # RFC 6455: the last frame of a message, and the first, which is text
_SHORT, _LONG = 126, 127  # what a length of 16 bits is announced by, and one of 64


def event_frame(kind: str, body: bytes) -> bytes:
    """An event's packet, framed. Raises UnicodeDecodeError for a body that is not UTF-8: a client would hang up."""
    if not body.isascii():
        body.decode()
    opening = _opening(kind)
    return b"".join((_head(len(opening) + len(body) + 1), opening, body, b"]"))


@lru_cache(_KINDS)
def _opening(kind: str) -> bytes:
    return f"{_EVENT}{json.dumps(socket_event(kind))},".encode()


def frame(text: bytes) -> bytes:
    """A server's WebSocket frame around a text: with neither mask nor compression it is the same for every client."""
    return _head(len(text)) + text


def _head(length: int) -> bytes:
    if length < _SHORT:
        return struct.pack("!BB", _WHOLE_TEXT, length)
    if length < 1 << 16:
        return struct.pack("!BBH", _WHOLE_TEXT, _SHORT, length)
    return struct.pack("!BBQ", _WHOLE_TEXT, _LONG, length)


def framed_text(frame: bytes) -> bytes:
    """The text in one of our frames."""
    return frame[{_SHORT: 4, _LONG: 10}.get(frame[1], 2) :]
