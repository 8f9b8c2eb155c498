from pathlib import Path

from deploy.local.secrets import keep, secret


def test_a_secret_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = secret(tmp_path / "secrets" / "key")
    made = file.read_text()
    assert int(made, 16).bit_length() > 200
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert secret(file).read_text() == made
    assert secret(tmp_path / "secrets" / "another").read_text() != made


def test_what_is_kept_replaces_what_was_there_and_leaves_nothing_lying(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    file.write_text("old")
    file.chmod(0o644)
    keep(file, "new")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [file]
