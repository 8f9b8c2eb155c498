"""Keeps a run in docs/performance.md: the machine, the table, the picture."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.contest import Result
from tests.bench.picture import picture

_DOCS = Path(__file__).parents[2] / "docs"
_BEGIN, _END = "<!-- make bench -->\n", "<!-- /make bench -->"


def write(machine: str, table: str, results: Sequence[Result]) -> None:
    """In place of the run before."""
    (_DOCS / "images" / "performance.svg").write_text(picture(results))
    document = _DOCS / "performance.md"
    document.write_text(replaced(document.read_text(), f"{machine}.\n\n{table}\n"))


def replaced(text: str, run: str) -> str:
    """The same text with this run between the two marks."""
    before, _, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    assert end, f"docs/performance.md has lost its marks {_BEGIN.strip()} and {_END}"
    return f"{before}{_BEGIN}{run}{end}{after}"
