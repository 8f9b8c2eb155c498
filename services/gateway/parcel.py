"""Events on their way to clients, several at once; built once, however many clients get them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.gateway.frames import event_frame

_BYTES = 64 * 1024
_EVENTS = 128  # half of what may wait for a client that polls


class Said(NamedTuple):
    """An event, or a piece of live text, as clients are told it. The position is one of the stream that stored it."""

    kind: str
    position: int
    frame: bytes
    live: bool = False

    @classmethod
    def of(cls, kind: str, position: int, body: bytes, *, live: bool = False) -> "Said":
        """What is said of an event with this body. Raises UnicodeDecodeError."""
        return cls(kind, position, event_frame(kind, body), live)


class Parcel:
    """What goes to a client in one piece: `frames` are WebSocket frames, one behind the other."""

    __slots__ = ("frames", "said")

    def __init__(self, said: list[Said]) -> None:
        self.said = said
        self.frames = said[0].frame if len(said) == 1 else b"".join([each.frame for each in said])


def parcels(said: Iterable[Said]) -> Iterator[Parcel]:
    """Everything, in pieces of which a slow client takes one at a time."""
    piece: list[Said] = []
    size = 0
    for each in said:
        if piece and (size + len(each.frame) > _BYTES or len(piece) == _EVENTS):
            yield Parcel(piece)
            piece, size = [], 0
        piece.append(each)
        size += len(each.frame)
    if piece:
        yield Parcel(piece)
