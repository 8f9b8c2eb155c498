"""The dead letters, as whoever looks after a stack reaches them: straight through NATS."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from contracts.dead_letters import DeadLetter, InvalidDeadLetter, Requeue, Requeued
from contracts.streams import DEAD_LETTERS
from contracts.subjects import ALL_DEAD, requeue_subject
from deploy.addresses import nats_opened
from services.common.complaint import sentence
from services.common.connection import REQUEST_TIMEOUT
from services.common.requeue import discard
from services.common.stored import Unreadable, read

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
            return f"the {letter.handler} did not answer ({sentence(error)}); it may still be at it, the list will tell"

    async def discard(self, letter: Numbered) -> None:
        """Throw it away. One that is gone already is no error. Raises NoBoxError."""
        try:
            await discard(self._js, letter.number)
        except (NatsError, TimeoutError) as error:
            raise NoBoxError(f"dead letter {letter.number} could not be discarded ({sentence(error)})") from error


def _numbered(number: int, headers: Mapping[str, str], body: bytes) -> Numbered:
    try:
        return Numbered(**vars(DeadLetter.parse(headers, body)), number=number)
    except InvalidDeadLetter as error:
        raise NoBoxError(f"message {number} in stream {DEAD_LETTERS.name} is {error}; remove it") from error


@asynccontextmanager
async def opened() -> AsyncIterator[DeadLetterBox]:
    """The box of the NATS that the environment names. Raises Unreachable."""
    async with nats_opened() as client:
        yield DeadLetterBox(client)
