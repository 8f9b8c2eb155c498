from pathlib import Path

import pytest

from services.web.built import Asset, NotBuilt, assets


def test_files_are_found_by_their_paths_and_a_stamp_is_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "assets/index-abc.js", ".stamp"):
        (tmp_path / name).write_text(name)
    found = assets(tmp_path)
    assert found.keys() == {"index.html", "assets/index-abc.js"}
    assert found["assets/index-abc.js"].content == b"assets/index-abc.js"


def test_a_folder_without_a_page_says_who_builds_it(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="storywire up"):
        assets(tmp_path)


def test_what_has_a_hash_in_its_name_is_kept_for_ever_and_the_rest_is_asked_for_again() -> None:
    assert "immutable" in Asset.of("assets/index-abc.js", b"x").cache
    assert Asset.of("index.html", b"x").cache == "no-cache"


def test_the_same_content_has_the_same_tag_and_another_has_another() -> None:
    assert Asset.of("a.js", b"x").etag == Asset.of("b.js", b"x").etag != Asset.of("a.js", b"y").etag
