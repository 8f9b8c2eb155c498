"""What is committed names no package registry and no path of the machine that it was written on."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files

FORBIDDEN = {
    "a package registry": re.compile(
        r"pyp[i]\.\w|pythonh[o]sted\.|npmj[s]\.(org|com)|yarnp[k]g\.com|pytor[c]h\.org/whl"
    ),
    "an absolute path of a machine": re.compile(r"(?<![\w.~*-])/(root|work|home/[\w-]+|Users/[\w-]+)/[\w.]"),
}
LOCKS = ("requirements.lock", "requirements-dev.lock", "package-lock.json", "uv.lock")


def _lines(path: Path) -> list[str]:
    return (ROOT / path).read_text(errors="replace").splitlines()


def _found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    lines = ((path, number, line) for path in paths for number, line in enumerate(_lines(path), start=1))
    return [f"{path}:{number} {line.strip()[:120]}" for path, number, line in lines if pattern.search(line)]


@pytest.mark.parametrize("pattern", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    assert _found(pattern, files()) == []


def test_a_lock_says_what_and_never_from_where() -> None:
    locks = [path for path in files() if path.name in LOCKS]
    assert locks
    # npm also writes down, each on a line of its own, where a package's makers take donations: nothing is fetched there.
    assert _found(re.compile(r'^(?!\s*("url": )?"https://[^"]+",?$).*https?://'), locks) == []
