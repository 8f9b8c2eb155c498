"""Passwords of the embedded servers' users: made at the first start, readable for this user of the machine alone."""

import json
import secrets
from collections.abc import Iterable
from pathlib import Path

from deploy.local.secrets import keep


def passwords(file: Path, users: Iterable[str]) -> dict[str, str]:
    """Each user's password. What is not in the file yet is made, and kept there (mode 0600)."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = {user: secrets.token_urlsafe(32) for user in users if user not in known}
    if missing:
        known |= missing
        file.parent.mkdir(parents=True, exist_ok=True)
        keep(file, json.dumps(known, indent=2) + "\n")
    return known
