"""Reading what JetStream holds: direct gets, many messages a request."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.common.connection import REQUEST_TIMEOUT

BATCH = 256  # messages a request; the server ends a batch early at the byte limit
_BATCH_BYTES = 16 * 1024**2  # for which 64 MiB, at which the server cuts off a client that reads slowly, is far away


@dataclass(frozen=True)
class StoredMessage:
    """One message of a stream. `position` is its stream sequence, `time` RFC 3339 as the server gave it."""

    subject: str
    position: int
    time: str
    headers: Mapping[str, str]
    body: bytes


class Unreadable(RuntimeError):
    """JetStream did not answer a read."""


async def read(
    client: Client, stream: str, subject: str, start: int = 1, *, patience: float = REQUEST_TIMEOUT
) -> AsyncIterator[StoredMessage]:
    """Every message of `stream` on `subject` (wildcards welcome) from position `start` on, ascending.

    Batched direct get (NATS ADR-31): one request, many replies, then one with status 204. Raises Unreadable when a reply
    takes longer than `patience`, in seconds.
    """
    while True:
        pending = 0
        request = json.dumps(
            {"seq": start, "next_by_subj": subject, "batch": BATCH, "max_bytes": _BATCH_BYTES}
        ).encode()
        async for reply in _replies(client, f"$JS.API.DIRECT.GET.{stream}", request, patience):
            message = _stored(reply)
            pending = int((reply.headers or {}).get("Nats-Num-Pending", "0"))
            start = message.position + 1
            yield message
        if pending == 0:
            return


async def _replies(client: Client, subject: str, request: bytes, patience: float) -> AsyncIterator[Msg]:
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        await client.publish(subject, request, reply=inbox)
        while True:
            reply = await subscription.next_msg(timeout=patience)
            _heed_cancel()
            status = (reply.headers or {}).get("Status")
            if status is None:
                yield reply
            elif status in ("204", "404"):
                return
            else:
                raise Unreadable(f"{subject} answered {status} {(reply.headers or {}).get('Description', '')}")
    except (TimeoutError, NoRespondersError) as error:
        raise Unreadable(f"{subject} did not answer") from error
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


def _heed_cancel() -> None:
    """End the task that was cancelled as a message came: nats-py waits with Python 3.11's `wait_for`, which forgets that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _stored(reply: Msg) -> StoredMessage:
    headers = reply.headers or {}
    return StoredMessage(
        subject=headers["Nats-Subject"],
        position=int(headers["Nats-Sequence"]),
        time=headers["Nats-Time-Stamp"],
        headers=headers,
        body=reply.data,
    )


async def last_position(js: JetStreamContext, stream: str, subject: str) -> int:
    """The position of the last message on `subject`, 0 when there is none. Asks the leader, which does not lag."""
    try:
        message = await js.get_last_msg(stream, subject)
    except NotFoundError:
        return 0
    return message.seq or 0


async def first_after(js: JetStreamContext, stream: str, subject: str, position: int) -> tuple[int, Mapping[str, str]]:
    """Position and headers of the first message on `subject` after `position`; (0, {}) when there is none."""
    try:
        message = await js.get_msg(stream, seq=position + 1, subject=subject, next=True)
    except NotFoundError:
        return 0, {}
    return message.seq or 0, message.headers or {}


async def subjects_held(client: Client, stream: str, pattern: str) -> set[str]:
    """The subjects that match `pattern` and on which `stream` holds messages. Raises Unreadable."""
    held: set[str] = set()
    while True:
        question = json.dumps({"subjects_filter": pattern, "offset": len(held)}).encode()
        try:
            reply = await client.request(f"$JS.API.STREAM.INFO.{stream}", question, timeout=REQUEST_TIMEOUT)
        except (TimeoutError, NoRespondersError) as error:
            raise Unreadable(f"the stream {stream} did not answer") from error
        answer = json.loads(reply.data)
        if "error" in answer:
            raise Unreadable(f"the stream {stream} answered {answer['error'].get('description')}")
        page = answer["state"].get("subjects") or {}
        held |= page.keys()
        if not page or len(held) >= answer.get("total", 0):  # a page has 100,000 at most
            return held
