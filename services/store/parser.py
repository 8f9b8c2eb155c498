"""What NATS says, cut into messages by the lengths that it names.

nats-py's own parser tries one pattern after the other on all that has come, and wakes a coroutine for each message.
"""

from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

_END = b"\r\n"
_MESSAGES = b"MSG ", b"HMSG "

Take = Callable[[int, bytes, bytes, bytes, bytes | None], bool]


class PullParser(Parser):
    """nats-py's parser to all who use it. Messages that `take` takes go no further; it hears them as the client would."""

    def __init__(self, client: Client, take: Take) -> None:
        self._take = take
        self._others = Parser(client)
        super().__init__(client)

    def reset(self) -> None:
        """Forget what has come."""
        super().reset()
        self._others.reset()

    async def parse(self, data: bytes = b"") -> None:
        """Hand on what has come whole by now. Raises ProtocolError."""
        self.buf += data
        while (said := self._next()) is not None:
            await said

    def _next(self) -> Awaitable[None] | None:
        """What somebody else has to do with what came next; None when the rest has yet to come."""
        heard, at = self.buf, 0
        try:
            while (end := heard.find(_END, at)) >= 0:
                line, begins = bytes(heard[at:end]), end + len(_END)
                if not line.startswith(_MESSAGES):
                    at = begins
                    return self._others.parse(line + _END)
                number, subject, reply, split, size = _said(line)
                ends = begins + size
                if len(heard) < ends + len(_END):
                    break
                at = ends + len(_END)
                headers = bytes(heard[begins : begins + split]) if split else None
                body = bytes(heard[begins + split : ends])
                if not self._take(number, subject, reply, body, headers):
                    return self.nc._process_msg(number, subject, reply, body, headers)  # type: ignore[no-any-return]  # noqa: SLF001 - as nats-py does
            return None
        finally:
            del heard[:at]


def _said(line: bytes) -> tuple[int, bytes, bytes, int, int]:
    """The subscription, subject, subject to answer on (or nothing), and sizes of the headers and of all there is.

    The line is `MSG subject sid [reply] size`, or `HMSG subject sid [reply] headers size`.
    """
    try:
        kind, subject, number, *reply, size = line.split()
        split = int(reply.pop()) if kind == b"HMSG" else 0
        return int(number), subject, reply[0] if reply else b"", split, int(size)
    except (ValueError, IndexError) as error:
        raise ProtocolError("nats: malformed MSG") from error
