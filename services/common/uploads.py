"""Files in the bucket `uploads`, as JetStream holds them: a file's description, and its pieces on a subject that it names."""

import json
from base64 import urlsafe_b64encode

from nats.aio.client import Client

from contracts.streams import UPLOADS_CHUNKS, UPLOADS_METAS, UPLOADS_STREAM
from services.common.connection import REQUEST_TIMEOUT
from services.common.stored import read


def description_of(name: str) -> str:
    """The subject of a file's description."""
    return UPLOADS_METAS + urlsafe_b64encode(name.encode()).decode()


async def throw_away(client: Client, description: str) -> None:
    """Leave nothing of a file. The description is the last to go, so that what was begun can be ended.

    Raises nats' errors, TimeoutError, Unreadable.
    """
    async for message in read(client, UPLOADS_STREAM, description):
        await purge(client, UPLOADS_CHUNKS + json.loads(message.body)["nuid"])
    await purge(client, description)


async def purge(client: Client, subject: str) -> None:
    """Take away what lies on a subject of the bucket."""
    await client.jetstream(timeout=REQUEST_TIMEOUT).purge_stream(UPLOADS_STREAM, subject=subject)
