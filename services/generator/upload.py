"""The uploaded file, as text."""

import hashlib

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError, ObjectNotFoundError

from contracts.events import File
from contracts.streams import UPLOADS
from services.generator.failure import Failure


def _failed(code: str, error: str) -> Failure:
    return Failure(error, "reading_file", code, retryable=False)


async def read_upload(js: JetStreamContext, file: File) -> str:
    """The text of `file`. Raises Failure when there is nothing to make a story of."""
    try:
        bucket = await js.object_store(UPLOADS)
        content = (await bucket.get(file.object)).data or b""
    except (NotFoundError, ObjectNotFoundError) as error:
        raise _failed("file_missing", f"The file {file.name!r} is not there any more. Upload it again.") from error
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
