import gc
import importlib
from pathlib import Path

import pytest

from services.common.without import without


def test_a_package_is_not_to_be_found_in_the_block_and_is_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "used_in_passing.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with without("used_in_passing"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("used_in_passing")
    assert importlib.import_module("used_in_passing")


def test_what_is_loaded_already_stays() -> None:
    with without("gc"):
        assert importlib.import_module("gc") is gc


def test_garbage_is_not_looked_for_in_the_block_and_is_after_it() -> None:
    with without():
        assert not gc.isenabled()
    assert gc.isenabled()
