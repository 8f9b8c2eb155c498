"""Messages of a durable consumer, asked for ahead: while one batch is being kept, the next comes in.

nats-py's own `fetch` costs a task and a timer a message, and a look at each character of each header's name.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

_STANDS = 1.0  # seconds that a request for messages stands; a lone message does not wait for its end
_PATIENCE = 1.5 * _STANDS  # then it is lost, with the server or the consumer that had it
_STATUS = b"NATS/1.0 "  # how the headers of the server's own word begin
_ACKNOWLEDGE = b"$JS.ACK."  # how the subject begins on which a message is to be acknowledged
_REQUEST_ENDED = b"NATS/1.0 408"


class PullClient(Client):
    """nats-py's client, with a shorter way for what is pulled: no queue, no task and no timer a message."""

    def __init__(self) -> None:
        super().__init__()
        self._pulls: dict[int, Pull] = {}

    @asynccontextmanager
    async def pulling(self, stream: str, durable: str, size: int) -> "AsyncIterator[Pull]":
        """The consumer's messages, at most `size` at once. What nobody took is given back at the end. Raises NatsError."""
        inbox = self.new_inbox()
        subscription = await self.subscribe(inbox)
        number = subscription._id  # noqa: SLF001 - it has no other name
        pull = self._pulls[number] = Pull(self, f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}", inbox, size)
        try:
            yield pull
        finally:
            with suppress(NatsError):
                await subscription.unsubscribe()
            self._pulls.pop(number)
            left, pull.waiting = pull.waiting, []
            await give_back(left)

    async def acknowledge(self, messages: Iterable[Msg]) -> None:
        """In one write. Fire and forget: an acknowledgement that is lost brings the message again, and that changes nothing."""
        if self.is_connected:
            await self._send_command(b"".join(b"PUB %s 0\r\n\r\n" % message.reply.encode() for message in messages))
            await self._flush_pending()

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        if (pull := self._pulls.get(sid)) is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        elif headers and headers.startswith(_STATUS):
            pull.end(headers)
        elif reply.startswith(_ACKNOWLEDGE):  # else it is nobody's message, who found out where we listen
            pull.add(Msg(self, subject.decode("utf-8", "replace"), reply.decode(), data, headers_of(headers)))


class Pull:
    """One request for messages at a time. `waiting` are those that have come and that nobody has taken yet."""

    def __init__(self, client: Client, subject: str, inbox: str, size: int) -> None:
        self._client = client
        self._subject = subject
        self._inbox = inbox
        self._size = size
        self._missing = 0  # messages of the request that stands
        self._news = asyncio.Event()
        self.waiting: list[Msg] = []

    async def next(self) -> list[Msg]:
        """What has come meanwhile, or the first to come; nothing after a while, or when something is wrong. Raises NatsError."""
        await self._ask()
        if not self.waiting:
            await self._wait()
        self._news.clear()
        taken, self.waiting = self.waiting[: self._size], self.waiting[self._size :]
        await self._ask()
        return taken

    def add(self, message: Msg) -> None:
        """A message has come."""
        self._missing -= 1
        self.waiting.append(message)
        self._news.set()

    def end(self, said: bytes) -> None:
        """The server will send no more of what it was asked for."""
        self._missing = 0
        if said.startswith(_REQUEST_ENDED):  # anything else may be said again at once: not before a while
            self._news.set()

    async def _ask(self) -> None:
        if self._missing > 0 or self.waiting:
            return
        self._missing = self._size
        wanted = {"batch": self._size, "expires": int(_STANDS * 1e9)}  # nanoseconds
        await self._client.publish(self._subject, json.dumps(wanted).encode(), reply=self._inbox)

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), _PATIENCE)
        except TimeoutError:
            self._missing = 0


def headers_of(raw: bytes | None) -> dict[str, str]:
    """Headers as nats-py reads them, but that it passes over names that are no tokens; nobody looks for those."""
    headers: dict[str, str] = {}
    for line in (raw or b"").decode("utf-8", "replace").split("\r\n"):
        name, said, value = line.partition(":")
        if said:
            headers[name.strip()] = value.strip()
    return headers


def position_of(message: Msg) -> int:
    """Its position in the stream, which the subject to acknowledge it on says (NATS ADR-15). Raises ValueError."""
    tokens = message.reply.split(".")
    return int(tokens[5 if len(tokens) == 9 else 7])


async def hold(messages: list[Msg]) -> None:
    """Keep messages from being given to somebody else."""
    with suppress(NatsError):
        for message in messages:
            await message.in_progress()


async def give_back(messages: list[Msg]) -> None:
    """Let somebody else have messages, at once."""
    with suppress(NatsError):
        for message in messages:
            await message.nak()
