from pathlib import Path

import pytest

from deploy.dead_letter_box import NoBoxError, address
from deploy.local.data_folder import DataFolder, RunFile


def test_nats_is_where_the_environment_says(tmp_path: Path) -> None:
    RunFile(DataFolder(tmp_path)).record("nats", 7, 4222)
    assert address({"NATS_URL": "nats://there:1", "STORYWIRE_DATA": str(tmp_path)}) == "nats://there:1"


def test_nats_is_where_the_running_stack_has_it(tmp_path: Path) -> None:
    RunFile(DataFolder(tmp_path)).record("nats", 7, 4222)
    assert address({"STORYWIRE_DATA": str(tmp_path)}) == "nats://127.0.0.1:4222"


def test_no_nats_is_told_with_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(NoBoxError, match=r"storywire up.*NATS_URL"):
        address({"STORYWIRE_DATA": str(tmp_path)})
