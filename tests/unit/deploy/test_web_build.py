import shutil
from pathlib import Path

import pytest

from deploy.local import node
from deploy.local.program import SetupError
from deploy.local.web_build import FOLDER, build, inputs

_PAGE = {
    "index.html": "<!doctype html><title>Small</title><script type=module src=/src/main.ts></script>",
    "src/main.ts": "console.log('small' as string)",
    "client/src/index.ts": "",
    "vite.config.ts": "export default {}",
    "tsconfig.json": "{}",
}


def _silent(_: str) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page of a few lines, with the packages of the real one."""
    for name, text in _PAGE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in node.PINS:
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


async def test_a_page_that_cannot_be_built_says_so_in_a_line_with_what_mends_it(folder: Path) -> None:
    (folder / "package-lock.json").write_text("no lock")  # one that does not fit makes npm look everything up
    with pytest.raises(SetupError) as refused:
        await build(_silent, folder)
    assert str(refused.value).startswith("the page cannot be built (npm-cli ci: npm error ")
    assert str(refused.value).endswith("or set WEB_PORT=off to run without the page")
    assert "\n" not in str(refused.value)


async def test_what_has_been_built_from_the_same_is_not_built_again(folder: Path) -> None:
    built = folder / "dist"
    built.mkdir()
    (built / ".stamp").write_text(node.digest(folder, inputs(folder)))
    said: list[str] = []
    assert await build(said.append, folder) == built
    assert said == []
    assert not (folder / "node_modules").exists()


@pytest.mark.parametrize("name", ["src/main.ts", "package-lock.json", "index.html", "src/new.ts", "public/icon.svg"])
def test_every_source_counts_and_so_does_the_lock(folder: Path, name: str) -> None:
    before = node.digest(folder, inputs(folder))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("another" if not path.exists() else path.read_text() + "\n")
    assert node.digest(folder, inputs(folder)) != before


def test_nothing_that_decides_what_the_page_is_was_forgotten() -> None:
    known = {part.split("/")[0] for part in inputs(FOLDER)}
    assert known == {
        "index.html", "vite.config.ts", "tsconfig.json", "package.json", "package-lock.json", ".npmrc", "src", "client", "public",
    }  # fmt: skip
