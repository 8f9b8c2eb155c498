"""The files of the repository: those that are committed, and those that are about to be."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(*folders: str) -> list[Path]:
    """Every file that git knows or would take, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert found, f"nothing in {folders}"
    return found


def programs() -> list[Path]:
    """The Python files that run in production."""
    return [path for path in files("contracts", "services", "deploy") if path.suffix == ".py"]
