"""What a test does about dead letters: read them as they stand in the stream, and ask a handler to try again."""

from nats.aio.client import Client

from contracts.dead_letters import DeadLetter, Requeue, Requeued
from contracts.streams import DEAD_LETTERS
from contracts.subjects import ALL_DEAD, requeue_subject
from services.common.stored import read


async def letters(client: Client) -> dict[int, DeadLetter]:
    """All dead letters, by their numbers."""
    if not (await client.jetstream(timeout=30).stream_info(DEAD_LETTERS.name)).state.messages:
        return {}
    found = [message async for message in read(client, DEAD_LETTERS.name, ALL_DEAD)]
    return {message.position: DeadLetter.parse(message.headers, message.body) for message in found}


async def requeue(client: Client, handler: str, number: int) -> str | None:
    """Why the letter stays; None when it is gone."""
    reply = await client.request(requeue_subject(handler), Requeue(number=number).body(), timeout=20)
    return Requeued.model_validate_json(reply.data).error
