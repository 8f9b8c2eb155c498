"""What the local stack runs: a program, how to tell that it is ready, and how to start it so that it never outlives us."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LEASH = Path(__file__).with_name("leash.py")


class NotReadyError(Exception):
    """Not yet: the program may still become ready. The text says what is missing."""


class SetupError(Exception):
    """It cannot work as things are set up. The text is one line for the person at the terminal, with the setting to change."""


@dataclass(frozen=True)
class Program:
    """One child process of the local stack.

    `check` returns when the program can be used and raises NotReadyError while it cannot; it may block for about a second.
    `grace` is the time in seconds from SIGTERM to SIGKILL. Output is appended to `log`. It is started when the programs
    that `after` names are ready, those of them that are run at all.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    check: Callable[[], None]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    port: int | None = None
    grace: float = 2.0
    after: tuple[str, ...] = ()

    def leashed(self) -> list[str]:
        """Give the command line that starts the program on a leash: it is killed when this process dies, however it dies."""
        return [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *self.command]
