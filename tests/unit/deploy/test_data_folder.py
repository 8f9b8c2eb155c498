import json
import os
from pathlib import Path

import pytest

from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.program import SetupError


def test_a_data_folder_serves_one_stack_at_a_time(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.locked():
        with pytest.raises(SetupError, match=rf"pid {os.getpid()}.*STORYWIRE_DATA") as refused, folder.locked():
            pass
        assert "\n" not in str(refused.value)
    with folder.locked():
        pass


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="STORYWIRE_DATA"), DataFolder(tmp_path / "file" / "data").locked():
        pass


def test_run_json_lists_what_runs(tmp_path: Path) -> None:
    running = RunFile(DataFolder(tmp_path))
    running.record("nats", 10, 4222)
    running.record("store", 11, None)
    running.record("nats", 12, 4222)
    written = json.loads((tmp_path / "run.json").read_text())
    assert written == {"processes": {"nats": {"pid": 12, "port": 4222}, "store": {"pid": 11}}}
    running.remove()
    assert list(tmp_path.iterdir()) == []


def test_run_json_knows_where_a_process_listens(tmp_path: Path) -> None:
    running = RunFile(DataFolder(tmp_path))
    assert running.port("nats") is None
    running.record("nats", 7, 4222)
    running.record("store", 8, None)
    assert RunFile(DataFolder(tmp_path)).port("nats") == 4222
    assert running.port("store") is None
    assert running.port("gateway") is None
