"""Who the tests are to a gateway that signs with their key; and what one has to bring to any other."""

import atexit
import json
import tempfile
from http.client import HTTPConnection
from pathlib import Path

from deploy.local.secrets import secret
from services.common.clock import new_id, now
from services.gateway.guests import Guests
from services.gateway.key import read_key

_folder = tempfile.TemporaryDirectory(prefix="storywire-key-")
atexit.register(_folder.cleanup)
KEY_FILE = str(secret(Path(_folder.name) / "gateway.key"))
USER = "tester"


def guests(lifetime: int = 86_400) -> Guests:
    """Sign with the tests' key."""
    return Guests(read_key(KEY_FILE, "KEY_FILE"), lifetime, now, new_id)


def token(user: str = USER) -> str:
    """This user's token, for a day."""
    return guests().session(user).token


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def guest_at(port: int) -> str:
    """The token of a new guest of the gateway on this port."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/api/session")
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    assert answer.status == 201, body
    return str(json.loads(body)["token"])
