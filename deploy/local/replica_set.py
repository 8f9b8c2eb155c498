"""Administration of the embedded MongoDB's replica set of one node, and of the users in it."""

import hashlib
import json
import socket
from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.program import NotReadyError

_NOT_YET_INITIALIZED = 94

Client = MongoClient[dict[str, Any]]
Roles = Mapping[str, Any]


def make_primary(name: str, port: int, key: str, passwords: Mapping[str, str], roles: Roles) -> None:
    """Make the node on this port the primary of the set of that name, and let the users in, each with the privileges in `roles`.

    NotReadyError while it starts or is being elected.
    """
    try:
        # The driver waits half a second between looks at a server that was not there; a bare connect finds out at once.
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        with _system(port, key) as client:
            _settle(client, name, f"127.0.0.1:{port}")
            if not client.admin.command("hello").get("isWritablePrimary"):
                raise NotReadyError("no primary yet")
            _admit(client, passwords, roles)
    except (OSError, PyMongoError) as error:
        raise NotReadyError(f"no answer on port {port} ({error})") from error


def _system(port: int, key: str) -> Client:
    """A client that is let in as the nodes of a set let each other in: by the key file, before there are any users."""
    return MongoClient(
        "127.0.0.1",
        port,
        directConnection=True,
        username="__system",
        password=key,
        authSource="local",
        authMechanism="SCRAM-SHA-256",
        serverSelectionTimeoutMS=1000,
        timeoutMS=3000,
    )


def _settle(client: Client, name: str, host: str) -> None:
    try:
        configuration = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": name, "members": [{"_id": 0, "host": host}]})
        return
    if configuration["members"][0]["host"] == host:
        return
    # The node finds itself in its set by host and port, and was last started on another port.
    configuration["members"][0]["host"] = host
    configuration["version"] += 1
    client.admin.command("replSetReconfig", configuration, force=True)


def _admit(client: Client, passwords: Mapping[str, str], roles: Roles) -> None:
    """Make users and roles what they have to be. Each user bears a stamp of it, so that a later start has nothing to do."""
    stamps = {user: _stamp(passwords[user], role) for user, role in roles.items()}
    found = {user["user"]: user.get("customData", {}) for user in client.admin.command("usersInfo", 1)["users"]}
    known_roles = {role["role"] for role in client.admin.command("rolesInfo", 1)["roles"]}
    for user, stamp in stamps.items():
        if found.get(user, {}).get("stamp") == stamp:
            continue
        role = "updateRole" if user in known_roles else "createRole"
        client.admin.command(role, user, privileges=roles[user], roles=[])
        client.admin.command(
            "updateUser" if user in found else "createUser",
            user,
            pwd=passwords[user],
            roles=[user],
            mechanisms=["SCRAM-SHA-256"],
            customData={"stamp": stamp},
        )


def _stamp(password: str, role: object) -> str:
    return hashlib.sha256(json.dumps([password, role]).encode()).hexdigest()
