import json
from pathlib import Path

import pytest

from contracts.permissions import USERS
from deploy.dead_letter_box import NoBoxError, address
from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.secrets import keep


def test_nats_is_where_the_environment_says(tmp_path: Path) -> None:
    RunFile(DataFolder(tmp_path)).record("nats", 7, 4222)
    assert address({"NATS_URL": "nats://there:1", "STORYWIRE_DATA": str(tmp_path)}) == "nats://there:1"


def test_nats_is_where_the_running_stack_has_it(tmp_path: Path) -> None:
    RunFile(DataFolder(tmp_path)).record("nats", 7, 4222)
    (tmp_path / "nats").mkdir()
    keep(tmp_path / "nats" / "passwords.json", json.dumps(dict.fromkeys(USERS, "secret")))
    assert address({"STORYWIRE_DATA": str(tmp_path)}) == "nats://operator:secret@127.0.0.1:4222"


def test_no_nats_is_told_with_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(NoBoxError, match=r"storywire up.*NATS_URL"):
        address({"STORYWIRE_DATA": str(tmp_path)})
