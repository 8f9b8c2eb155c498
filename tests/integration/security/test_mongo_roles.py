"""What each of MongoDB's users may do, against a real mongod."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from deploy.local.mongo import MongoServer
from deploy.mongo_roles import ERASER, OPERATOR, STORE, kept
from services.store.database import EVENTS
from tests.servers import Server, mongo_server, running

NOT_ALLOWED, LOGIN_FAILED = 13, 18
Documents = MongoClient[dict[str, Any]]
Act = Callable[[Collection[dict[str, Any]]], object]

ACTS: dict[str, Act] = {
    "find": lambda collection: collection.find_one({}),
    "insert": lambda collection: collection.insert_one({"a": 1}),
    "index": lambda collection: collection.create_index([("a", 1)]),
    "update": lambda collection: collection.update_one({"_id": 0}, {"$set": {"a": 1}}),
    "replace": lambda collection: collection.replace_one({"_id": 0}, {"a": 1}),
    "remove": lambda collection: collection.delete_one({"_id": 0}),
    "drop": lambda collection: collection.drop(),
    "rename": lambda collection: collection.rename("elsewhere"),
    "empty by aggregation": lambda collection: list(collection.aggregate([{"$match": {"_id": 0}}, {"$out": EVENTS}])),
}
_CHANGES = frozenset({"find", "insert", "index", "update", "replace", "remove"})
MAY: dict[str, dict[str, frozenset[str]]] = {
    STORE: {
        EVENTS: frozenset({"find", "insert", "index"}),
        **dict.fromkeys(kept(), _CHANGES),
    },
    ERASER: {EVENTS: frozenset({"find", "update", "replace"})},
    OPERATOR: {
        EVENTS: frozenset({"find", "insert", "index"}),
        **dict.fromkeys(kept(), _CHANGES | {"drop"}),
    },
}


@pytest.fixture(scope="module")
def mongo() -> Iterator[Server]:
    """A mongod for all who only try what they may."""
    with running(mongo_server) as server:
        yield server


@pytest.fixture
def log(mongo: Server) -> Iterator[Server]:
    """A mongod with a log in it, which is not to be harmed."""
    with Documents(mongo.url) as client:
        event = client.storywire[EVENTS].insert_one({}).inserted_id
        yield mongo
        assert client.storywire[EVENTS].find_one({"_id": event}) == {"_id": event}


def allowed(collection: Collection[dict[str, Any]], act: Act) -> bool:
    try:
        act(collection)
    except OperationFailure as error:
        if error.code != NOT_ALLOWED:
            raise
        return False
    return True


@pytest.mark.parametrize("user", MAY)
def test_a_user_may_do_what_its_work_needs_and_nothing_else(user: str, log: Server) -> None:
    with Documents(log.url_of(user)) as client:
        for name in [EVENTS, *kept(), "others"]:
            done = frozenset(act for act, perform in ACTS.items() if allowed(client.storywire[name], perform))
            assert (name, done) == (name, MAY[user].get(name, frozenset()))
        assert not allowed(client.other[EVENTS], ACTS["find"])


@pytest.mark.parametrize("user", MAY)
def test_no_user_may_make_itself_another(user: str, mongo: Server) -> None:
    with Documents(mongo.url_of(user)) as client, pytest.raises(OperationFailure) as refused:
        client.admin.command("grantRolesToUser", user, roles=["root"])
    assert refused.value.code == NOT_ALLOWED


def test_nobody_gets_in_without_the_right_password(mongo: Server) -> None:
    address = mongo.url.rpartition("@")[2]
    with Documents(f"mongodb://{address}") as client, pytest.raises(OperationFailure) as refused:
        client.storywire[EVENTS].find_one({})
    assert refused.value.code == NOT_ALLOWED
    with Documents(f"mongodb://store:guessed@{address}") as client, pytest.raises(OperationFailure) as failed:
        client.storywire[EVENTS].find_one({})
    assert failed.value.code == LOGIN_FAILED


def moved(server: Server) -> tuple[Path, MongoServer]:
    """The same data, with the port and the files of another start."""
    command = server.program.command
    folder = Path(command[command.index("--dbpath") + 1])
    return folder, MongoServer(folder, server.program.port or 0)


def test_data_from_before_there_were_users_are_kept(own_mongo: Server) -> None:
    with Documents(own_mongo.url) as client:
        client.storywire[EVENTS].insert_one({"_id": "old"})
        for user in (STORE, ERASER, OPERATOR):
            client.admin.command("dropUser", user)
            client.admin.command("dropRole", user)
    own_mongo.stop()
    folder, again = moved(own_mongo)
    for secret in ("passwords.json", "keyfile"):
        (folder / secret).unlink()
    server = Server(again.program(own_mongo.program.log), again.url(STORE)).start()
    try:
        with Documents(server.url) as client:
            assert client.storywire[EVENTS].find_one({}) == {"_id": "old"}
    finally:
        server.kill()


def test_lost_passwords_are_made_anew(own_mongo: Server) -> None:
    before = own_mongo.url_of(STORE)
    own_mongo.stop()
    folder, again = moved(own_mongo)
    (folder / "passwords.json").unlink()
    server = Server(again.program(own_mongo.program.log), again.url(STORE)).start()
    try:
        assert server.url != before
        with Documents(server.url) as client:
            assert client.storywire[EVENTS].find_one({}) is None
    finally:
        server.kill()
    assert (folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert (folder / "keyfile").stat().st_mode & 0o777 == 0o600
