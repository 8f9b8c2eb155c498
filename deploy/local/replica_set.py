"""Administration of the embedded MongoDB's replica set of one node."""

import socket
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.program import NotReadyError

NAME = "rs0"
_NOT_YET_INITIALIZED = 94


def make_primary(port: int) -> None:
    """Make the node on this port the primary of its set. NotReadyError while it starts or is being elected."""
    try:
        # The driver waits half a second between looks at a server that was not there; a bare connect finds out at once.
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        with MongoClient[dict[str, Any]](
            "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=1000, timeoutMS=3000
        ) as client:
            _settle(client, f"127.0.0.1:{port}")
            if not client.admin.command("hello").get("isWritablePrimary"):
                raise NotReadyError("no primary yet")
    except (OSError, PyMongoError) as error:
        raise NotReadyError(f"no answer on port {port} ({error})") from error


def _settle(client: MongoClient[dict[str, Any]], host: str) -> None:
    try:
        configuration = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": NAME, "members": [{"_id": 0, "host": host}]})
        return
    if configuration["members"][0]["host"] == host:
        return
    # The node finds itself in its set by host and port, and was last started on another port.
    configuration["members"][0]["host"] = host
    configuration["version"] += 1
    client.admin.command("replSetReconfig", configuration, force=True)
