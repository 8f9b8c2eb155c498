"""Secrets of the local stack: made at first start, kept in the data folder, for this user's eyes only."""

import os
import secrets
from pathlib import Path

_BYTES = 32


def secret(path: Path) -> Path:
    """The file of a secret, 64 hexadecimal digits. One that is there already stays as it is."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        keep(path, secrets.token_hex(_BYTES) + "\n")
    return path


def keep(path: Path, text: str) -> None:
    """Write a file that nobody else may read; whoever reads it sees the text before or after, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
