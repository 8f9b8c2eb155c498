"""A second chance for dead letters: a person asks, the handler tries, and only success takes the letter away."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.dead_letters import DeadLetter, Handler, Requeue, Requeued
from contracts.streams import DEAD_LETTERS
from contracts.subjects import requeue_subject
from services.common.complaint import sentence
from services.common.connection import REQUEST_TIMEOUT, round_trip
from services.common.logging import Logger

Again = Callable[[DeadLetter], Awaitable[None]]  # raises StillDead, or whatever else goes wrong


class StillDead(RuntimeError):
    """The message cannot be handled this time either."""


@asynccontextmanager
async def requeueing(client: Client, handler: Handler, again: Again, logger: Logger) -> AsyncIterator[None]:
    """Answer requests to requeue this handler's dead letters, one after the other, while the body runs.

    When it begins, the server knows of it; a NATS that is away hears of it as soon as it is back.
    """
    js = client.jetstream(timeout=REQUEST_TIMEOUT)

    async def answer(message: Msg) -> None:
        error = await _requeue(js, handler, again, message.data, logger)
        with suppress(NatsError):
            await message.respond(Requeued(error=error).body())

    subscription = await client.subscribe(requeue_subject(handler), queue=handler, cb=answer)
    with suppress(NatsError, TimeoutError, OSError):
        await round_trip(client)
    try:
        yield
    finally:
        with suppress(NatsError, OSError):
            await subscription.unsubscribe()


async def _requeue(js: JetStreamContext, handler: Handler, again: Again, asked: bytes, logger: Logger) -> str | None:
    """Try once more; returns why the letter stays, None when it is gone."""
    try:
        number = Requeue.model_validate_json(asked).number
        await again(await _letter(js, handler, number))
        await discard(js, number)
    except StillDead as error:
        return str(error)
    except Exception as error:  # Whoever asked wants to hear of it, whatever it is.
        logger.warning("a dead letter could not be requeued", error=error, exc_info=error)
        return f"the {handler} failed: {sentence(error)}"
    logger.info("a dead letter was requeued", number=number)
    return None


async def discard(js: JetStreamContext, number: int) -> None:
    """Take a letter away. One that is gone already is no error. Raises nats' errors, TimeoutError."""
    try:
        await js.delete_msg(DEAD_LETTERS.name, number)
    except (NatsError, TimeoutError):
        if not await _is_gone(js, number):  # of what is gone the server says only that deleting it failed
            raise


async def _is_gone(js: JetStreamContext, number: int) -> bool:
    try:
        await js.get_msg(DEAD_LETTERS.name, seq=number, direct=True)
    except (NatsError, TimeoutError) as error:
        return isinstance(error, NotFoundError)
    return False


async def _letter(js: JetStreamContext, handler: Handler, number: int) -> DeadLetter:
    try:
        found = await js.get_msg(DEAD_LETTERS.name, seq=number, direct=True)
    except NotFoundError as error:
        raise StillDead(f"there is no dead letter {number}") from error
    letter = DeadLetter.parse(found.headers or {}, found.data or b"")
    if letter.handler != handler:
        raise StillDead(f"dead letter {number} is the {letter.handler}'s")
    return letter
