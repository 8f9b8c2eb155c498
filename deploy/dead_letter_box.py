"""The dead letters, as whoever looks after a stack reaches them: straight through NATS."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from contracts.dead_letters import DeadLetter, InvalidDeadLetter, Requeue, Requeued
from contracts.permissions import OPERATOR
from contracts.streams import DEAD_LETTERS
from contracts.subjects import ALL_DEAD, inbox_of, requeue_subject
from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.nats import NatsServer
from services.common.connection import REQUEST_TIMEOUT
from services.common.stored import Unreadable, read

_CONNECT_TIMEOUT = 5.0  # seconds
_PATIENCE = 600.0  # seconds that handling a message once more may take: a story may have to be written


class NoBoxError(RuntimeError):
    """The dead letters cannot be reached, or not the one that was asked for."""


@dataclass(frozen=True)
class Numbered(DeadLetter):
    """A dead letter and its number, by which it is called."""

    number: int = 0


class DeadLetterBox:
    """All dead letters of one NATS."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._js = client.jetstream(timeout=REQUEST_TIMEOUT)

    async def letters(self) -> list[Numbered]:
        """All there are, the oldest first. Raises NoBoxError."""
        try:
            if not (await self._js.stream_info(DEAD_LETTERS.name)).state.messages:
                return []
            return [
                _numbered(found.position, found.headers, found.body)
                async for found in read(self._client, DEAD_LETTERS.name, ALL_DEAD)
            ]
        except NotFoundError as error:
            raise NoBoxError(f"there is no stream {DEAD_LETTERS.name} yet: a store makes it when it starts") from error
        except (NatsError, TimeoutError, Unreadable) as error:
            raise NoBoxError(f"JetStream does not answer ({error!r})") from error

    async def chosen(self, numbers: Sequence[int] | None) -> list[Numbered]:
        """Those with these numbers, or all. Raises NoBoxError when one is not there."""
        return [await self._one(number) for number in dict.fromkeys(numbers)] if numbers else await self.letters()

    async def _one(self, number: int) -> Numbered:
        try:
            found = await self._js.get_msg(DEAD_LETTERS.name, seq=number, direct=True)
        except (NotFoundError, NoRespondersError) as error:
            raise NoBoxError(f"there is no dead letter {number}") from error
        except (NatsError, TimeoutError) as error:
            raise NoBoxError(f"JetStream does not answer ({error!r})") from error
        return _numbered(number, found.headers or {}, found.data or b"")

    async def requeue(self, letter: Numbered) -> str | None:
        """Have its message handled once more. Returns why the letter stays, None when it is gone."""
        try:
            reply = await self._client.request(
                requeue_subject(letter.handler), Requeue(number=letter.number).body(), timeout=_PATIENCE
            )
            return Requeued.model_validate_json(reply.data).error
        except NoRespondersError:
            return f"no {letter.handler} runs"
        except (NatsError, TimeoutError, ValidationError) as error:
            return f"the {letter.handler} did not answer ({error!r}); it may still be at it, the list will tell"

    async def discard(self, letter: Numbered) -> None:
        """Throw it away. One that is gone already is no error. Raises NoBoxError."""
        try:
            with suppress(NotFoundError):
                await self._js.delete_msg(DEAD_LETTERS.name, letter.number)
        except (NatsError, TimeoutError) as error:
            raise NoBoxError(f"dead letter {letter.number} could not be discarded ({error!r})") from error


def _numbered(number: int, headers: Mapping[str, str], body: bytes) -> Numbered:
    try:
        return Numbered(**vars(DeadLetter.parse(headers, body)), number=number)
    except InvalidDeadLetter as error:
        raise NoBoxError(f"message {number} in stream {DEAD_LETTERS.name} is {error}; remove it") from error


def address(environment: Mapping[str, str], user: str = OPERATOR) -> str:
    """NATS_URL, or where a user reaches the NATS of `storywire up`. Raises NoBoxError."""
    if url := environment.get("NATS_URL"):
        return url
    folder = Path(environment.get("STORYWIRE_DATA") or ".storywire").expanduser()
    if (port := RunFile(DataFolder(folder)).port("nats")) is None:
        raise NoBoxError(f"no NATS is known: start `storywire up` ({folder} is its STORYWIRE_DATA), or set NATS_URL")
    return NatsServer(folder / "nats", port).url(user)


@asynccontextmanager
async def opened() -> AsyncIterator[DeadLetterBox]:
    """The box that the environment names. Raises NoBoxError."""
    url = address(os.environ)
    reasons = [f"no answer within {_CONNECT_TIMEOUT:g} s"]

    async def note(error: Exception) -> None:
        reasons.append(str(error))

    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT):
            client = await nats.connect(
                url.split(","),
                connect_timeout=1,
                reconnect_time_wait=0.2,
                error_cb=note,
                inbox_prefix=inbox_of(OPERATOR),
            )
    except (OSError, ValueError, TimeoutError, NatsError) as error:
        reason = str(error) or next(filter(None, reversed(reasons)))
        raise NoBoxError(f"no NATS answers ({reason}): is it up, and NATS_URL right?") from error
    try:
        yield DeadLetterBox(client)
    finally:
        with suppress(OSError):
            await client.close()
