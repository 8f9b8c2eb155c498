"""The uploaded file, as text."""

import hashlib

from nats.aio.client import Client
from nats.js.errors import NotFoundError, ObjectNotFoundError

from contracts.events import File
from contracts.streams import UPLOADS, UPLOADS_CHUNKS, UPLOADS_STREAM
from services.common.connection import REQUEST_TIMEOUT
from services.common.stored import read
from services.generator.failure import Failure


def _failed(code: str, error: str) -> Failure:
    return Failure(error, "reading_file", code, retryable=False)


async def read_upload(client: Client, file: File) -> str:
    """The text of `file`. Raises Failure when there is nothing to make a story of."""
    try:
        bucket = await client.jetstream(timeout=REQUEST_TIMEOUT).object_store(UPLOADS)
        chunks = UPLOADS_CHUNKS + (await bucket.get_info(file.object)).nuid
    except (NotFoundError, ObjectNotFoundError) as error:
        raise _failed("file_missing", f"The file {file.name!r} is not there any more. Upload it again.") from error
    # Not the bucket's own `get`: its ordered consumer is left behind when the reader is cancelled, and is silent for long
    # when the server restarts under it.
    content = b"".join([message.body async for message in read(client, UPLOADS_STREAM, chunks)])
    return text_of(file, content)


def text_of(file: File, content: bytes) -> str:
    """`content` as text, checked against what was uploaded. Raises Failure."""
    if hashlib.sha256(content).hexdigest() != file.digest:
        raise _failed("file_damaged", f"The file {file.name!r} is not what was uploaded. Upload it again.")
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise _failed("file_not_text", f"The file {file.name!r} is not UTF-8 text (byte {error.start}).") from error
    if not text:
        raise _failed(
            "file_blank", f"The file {file.name!r} holds only white space; a story needs words to start from."
        )
    return text
