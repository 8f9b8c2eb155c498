from pathlib import Path

import pytest

from services.gateway.key import NoKey, read_key


def test_the_key_is_what_stands_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 32 + "\n")
    assert read_key(str(tmp_path / "key"), "SOME_KEY_FILE") == b"k" * 32


@pytest.mark.parametrize("content", [None, "", "k" * 31, " " * 40])
def test_where_there_is_none_the_setting_and_the_way_to_make_one_are_named(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)
    with pytest.raises(NoKey, match="SOME_KEY_FILE=FILE"):
        read_key(str(tmp_path / "key"), "SOME_KEY_FILE")


def test_nor_is_there_one_without_the_setting() -> None:
    with pytest.raises(NoKey, match="SOME_KEY_FILE is not set"):
        read_key("", "SOME_KEY_FILE")
