"""How a command says that it failed."""

import sys
from typing import NoReturn


def fail(reason: str) -> NoReturn:
    """Say in one line what is wrong, and end with 1."""
    sys.stderr.write(f"storywire: {' '.join(reason.split())}\n")
    sys.exit(1)
