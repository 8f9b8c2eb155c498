"""The same request sent twice is one request: the id of its story follows from its key."""

import hashlib
import re

from starlette.datastructures import Headers
from ulid import ULID

from contracts.limits import IDEMPOTENCY_KEY_CHARACTERS
from services.gateway.refusal import Refused

HEADER = "Idempotency-Key"
_KEY = re.compile(rf"[\x21-\x7e]{{1,{IDEMPOTENCY_KEY_CHARACTERS}}}")


def key_of(headers: Headers) -> str | None:
    """The key that came with a request, None when none came. Raises Refused."""
    given = headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1 or _KEY.fullmatch(given[0]) is None:
        raise Refused(
            400,
            "idempotency_key_invalid",
            f"{HEADER} is given once, as 1 to {IDEMPOTENCY_KEY_CHARACTERS} visible ASCII characters.",
            field=HEADER,
            limit=IDEMPOTENCY_KEY_CHARACTERS,
        )
    return given[0]


def story_id_of(owner: str, key: str) -> str:
    """The id of the story that `owner` asks for with `key`: the same one every time."""
    digest = hashlib.sha256(f"{owner}\0{key}".encode()).digest()
    return str(ULID.from_bytes(digest[:16])).lower()
