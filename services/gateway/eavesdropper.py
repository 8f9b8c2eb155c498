"""Reads along on a connection to NATS: what somebody listens to is told at once, the rest goes on to nats-py."""

import asyncio
from collections.abc import Callable, Mapping

Hear = Callable[[bytes, bytes, bytes], None]  # subject, headers as they came, body

_END = b"\r\n"
_HMSG, _MSG = b"HM"  # what an operation begins with; no other of a server's begins so
_MESSAGES = (_HMSG, _MSG)
_SUBJECT = b"\r\nNats-Subject:"
_ID = b"\r\nce-id:"  # what every writer of ours says
_POSITION = b"\r\nNats-Sequence:"  # of a republished message, and of what a stream has stored


class Eavesdropper(asyncio.Protocol):
    """Stands between a connection and the protocol that served it.

    Messages with headers whose subscription (by its number, as text) has a hearer are told; `turn` is what to call when
    all of a read have been. NATS' protocol: `HMSG <subject> <sid> [reply] <bytes of headers> <bytes of all>`, `MSG` alike.
    """

    def __init__(
        self,
        inner: asyncio.Protocol,
        hearers: Mapping[bytes, Hear],
        turn: list[Callable[[], None]],
        complain: Callable[[Exception], None],
    ) -> None:
        self._hearers = hearers
        self._inner = inner
        self._turn = turn
        self._complain = complain
        self._pieces: list[bytes] = []
        self._missing = 0
        self.connection_lost = inner.connection_lost  # type: ignore[method-assign]
        self.eof_received = inner.eof_received  # type: ignore[method-assign]
        self.pause_writing = inner.pause_writing  # type: ignore[method-assign]
        self.resume_writing = inner.resume_writing  # type: ignore[method-assign]

    def data_received(self, data: bytes) -> None:
        """Deal with whatever is whole by now."""
        self._missing -= len(data)
        if self._pieces:
            self._pieces.append(data)
            if self._missing > 0:
                return
            data = b"".join(self._pieces)
        rest = data[self._read(data) :]
        self._pieces = [rest] if rest else []
        self._end_turn()

    def _read(self, data: bytes) -> int:
        """Tell, or pass on, every line and message that is whole. Returns how far that was."""
        at = passed = 0
        self._missing = 0
        while (line := data.find(_END, at)) >= 0:
            after = line + 2
            if (operation := data[at]) in _MESSAGES:
                words = data[at:line].split()
                begin, after = after, after + int(words[-1]) + 2
                if after > len(data):
                    self._missing = after - len(data)
                    break
                hear = self._hearers.get(words[2])
                if hear is not None and operation == _HMSG:
                    if at > passed:
                        self._inner.data_received(data[passed:at])
                    passed, body = after, begin + int(words[-2])
                    try:
                        hear(words[1], data[begin:body], data[body : after - 2])
                    except Exception as error:  # noqa: BLE001 - whatever is wrong with one message, the others are told
                        self._complain(error)
            at = after
        if at > passed:
            self._inner.data_received(data[passed:at])
        return at

    def _end_turn(self) -> None:
        for then in self._turn:
            try:
                then()
            except Exception as error:  # noqa: BLE001 - the same
                self._complain(error)
        self._turn.clear()


def written_position(subject: bytes, headers: bytes) -> int | None:
    """Where it stands in the stream that stored it; None of what no writer wrote, or not on this subject, or nobody has stored.

    What the server adds stands behind what the writer said. JetStream's own answers go wherever whoever asks wants them to
    go: NATS does not check the subject of a reply. One with a stored message in it names the subject of that; one without is
    nobody's event, stored or not.
    """
    written, stored, rest = headers.rpartition(_SUBJECT)
    if not stored or _ID not in written:
        return None
    heard, _, rest = rest.partition(_POSITION)
    return int(rest.split(_END, 1)[0]) if rest and heard.strip() == subject else None
