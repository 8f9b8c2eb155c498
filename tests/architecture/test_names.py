"""A name says what the thing is to the reader."""

import re
from pathlib import Path

from tests.architecture.sources import files

_SAYS_NOTHING = re.compile(r"(.*_)?(utils?|helpers?|managers?|misc)(_.*)?|data|process")


def _says_nothing(path: Path) -> bool:
    return any(_SAYS_NOTHING.fullmatch(part.partition(".")[0]) for part in path.parts)


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in files() if _says_nothing(path)] == []
