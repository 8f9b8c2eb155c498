import json
from pathlib import Path

import pytest

from contracts.permissions import USERS
from deploy.addresses import Unreachable, mongodb_url, nats_url
from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.secrets import keep
from deploy.mongo_roles import roles


def test_servers_are_where_the_environment_says(tmp_path: Path) -> None:
    running = RunFile(DataFolder(tmp_path))
    running.record("nats", 7, 4222)
    running.record("mongo", 8, 27017)
    named = {"NATS_URL": "nats://there:1", "MONGODB_URL": "mongodb://there:2", "STORYWIRE_DATA": str(tmp_path)}
    assert nats_url(named) == "nats://there:1"
    assert mongodb_url(named) == "mongodb://there:2"


def test_servers_are_where_the_running_stack_has_them_for_its_operator(tmp_path: Path) -> None:
    running = RunFile(DataFolder(tmp_path))
    for name, port in (("nats", 4222), ("mongo", 27017)):
        running.record(name, 7, port)
        (tmp_path / name).mkdir()
        keep(tmp_path / name / "passwords.json", json.dumps(dict.fromkeys([*USERS, *roles("storywire")], "secret")))
    assert nats_url({"STORYWIRE_DATA": str(tmp_path)}) == "nats://operator:secret@127.0.0.1:4222"
    expected = "mongodb://operator:secret@127.0.0.1:27017/?replicaSet=rs0"
    assert mongodb_url({"STORYWIRE_DATA": str(tmp_path)}) == expected


def test_a_server_that_is_not_known_is_told_with_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"storywire up.*NATS_URL"):
        nats_url({"STORYWIRE_DATA": str(tmp_path)})
    with pytest.raises(Unreachable, match=r"storywire up.*MONGODB_URL"):
        mongodb_url({"STORYWIRE_DATA": str(tmp_path)})
