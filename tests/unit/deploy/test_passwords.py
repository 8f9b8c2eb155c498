from pathlib import Path

from deploy.local.passwords import passwords


def test_passwords_are_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "new" / "passwords.json"
    first = passwords(file, ["ada", "bob"])
    assert passwords(file, ["bob"])["bob"] == first["bob"]
    assert passwords(file, ["ada", "bob", "cyd"]).items() >= first.items()
    assert len({*first.values()}) == 2


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    passwords(file, ["ada"])
    passwords(file, ["ada", "bob"])
    assert file.stat().st_mode & 0o777 == 0o600


def test_all_of_them_are_hard_to_guess(tmp_path: Path) -> None:
    assert all(len(password) >= 43 for password in passwords(tmp_path / "p.json", ["ada", "bob"]).values())
