"""nats-py's client, with a shorter way for what is passed on: no queue, no task, and headers that nobody takes apart."""

from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.subscription import Subscription

Hear = Callable[[str, bytes, bytes], None]  # subject, headers as they came, body

_POSITION = b"\r\nNats-Sequence:"  # of a republished message, and of what a stream has stored


class Ear(Client):
    """Tells of a message while it is being read: messages of several subscriptions are told in the order they came in."""

    def __init__(self) -> None:
        super().__init__()
        self._hearers: dict[int, Hear] = {}

    async def listen(self, subject: str, hear: Hear) -> Subscription:
        """Call `hear` with every message on `subject`. Raises NatsError.

        For certain from the next round trip on: until this returns, what comes in is not told.
        """
        subscription = await self.subscribe(subject)
        self._hearers[subscription._id] = hear  # noqa: SLF001 - it has no other name
        return subscription

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        super()._remove_sub(sid, max_msgs)
        self._hearers.pop(sid, None)

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        hear = self._hearers.get(sid)
        if hear is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        try:
            hear(subject.decode(), headers or b"", data)
        except Exception as error:  # noqa: BLE001 - nats-py would stop reading
            await self._error_cb(error)


def stored_position(headers: bytes) -> int | None:
    """The message's position in the stream that stored it; None when none has."""
    begin = headers.rfind(_POSITION)  # what the server adds stands behind what the writer said
    if begin < 0:
        return None
    begin += len(_POSITION)
    return int(headers[begin : headers.index(b"\r\n", begin)])
