"""Which mongod is used, and what is said about one that cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.mongo import find_mongod
from deploy.local.program import SetupError

Script = Callable[[str], Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    def write(body: str) -> Path:
        path = tmp_path / "mongod"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        monkeypatch.setenv("STORYWIRE_MONGOD", str(path))
        return path

    return write


def _refusal() -> str:
    with pytest.raises(SetupError) as refused:
        find_mongod()
    line = str(refused.value)
    assert "\n" not in line
    assert "STORYWIRE_MONGOD" in line
    assert "MONGODB_URL" in line
    return line


def test_without_a_setting_the_one_from_the_wheel_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORYWIRE_MONGOD", raising=False)
    assert find_mongod().name == "mongod"


def test_a_named_mongod_is_taken(script: Script) -> None:
    path = script("echo db version v7.0.4")
    assert find_mongod() == path


def test_a_mongod_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYWIRE_MONGOD", str(tmp_path / "nowhere"))
    assert "No such file" in _refusal()


def test_a_mongod_that_may_not_be_run_is_refused(script: Script) -> None:
    script("echo db version v7.0.4").chmod(0o644)
    assert "Permission denied" in _refusal()


def test_another_program_is_refused(script: Script) -> None:
    script("echo hello")
    assert "is not a mongod" in _refusal()


def test_an_old_mongod_is_refused(script: Script) -> None:
    script("echo db version v4.4.29")
    assert "4.4.29, which is too old" in _refusal()


@pytest.mark.parametrize(
    ("library", "package"),
    [("libcurl.so.4", "libcurl4"), ("libldap-2.5.so.0", "libldap-2.5-0"), ("libcrypto.so.3", "libssl3")],
)
def test_a_missing_library_is_named_with_its_package(script: Script, library: str, package: str) -> None:
    script(
        f"echo 'mongod: error while loading shared libraries: {library}: cannot open shared object file' >&2; exit 127"
    )
    assert f"apt-get install {package})" in _refusal()


def test_a_mongod_that_was_asked_before_is_not_asked_again(script: Script, tmp_path: Path) -> None:
    asked, checked = tmp_path / "asked", tmp_path / "checked"
    script(f"echo once >> {asked}; echo db version v7.0.4")
    assert find_mongod(checked) == find_mongod(checked)
    assert asked.read_text() == "once\n"


def test_another_mongod_in_its_place_is_asked(script: Script, tmp_path: Path) -> None:
    script("echo db version v7.0.4")
    find_mongod(tmp_path / "checked")
    script("echo db version v4.4.29")
    with pytest.raises(SetupError, match="too old"):
        find_mongod(tmp_path / "checked")
