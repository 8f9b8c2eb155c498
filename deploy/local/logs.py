"""The children's output: one file each, rotated when it has grown."""

from pathlib import Path
from typing import BinaryIO

LIMIT = 10_000_000


def open_log(path: Path) -> BinaryIO:
    """Open a log for appending. One of over 10 MB is first moved aside to `<name>.log.1`, over the one moved before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LIMIT:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")


def last_words(path: Path, *, since: int = 0, limit: int = 300) -> str:
    """Give the last line that was written after byte `since`: mostly the reason why a program ended."""
    try:
        with path.open("rb") as log:
            end = log.seek(0, 2)
            log.seek(max(since, end - 8_000))
            lines = log.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:limit] for line in reversed(lines) if line.strip()), "")
