"""The folder that holds everything the local stack keeps: databases, logs, and the list of what runs."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import SetupError

_MEND = "set STORYWIRE_DATA to another folder"


@dataclass(frozen=True)
class DataFolder:
    """Paths inside the data folder."""

    path: Path

    def log(self, name: str) -> Path:
        """Where a process writes its output."""
        return self.path / "logs" / f"{name}.log"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process alone, until the end of the block or of the process, however it ends."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise SetupError(f"{self.path} cannot be used as the data folder ({error.strerror}): {_MEND}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise SetupError(
                    f"another `storywire up` (pid {_holder(self.path)}) runs on {self.path}: end that one, or {_MEND}"
                ) from error
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield


def _holder(folder: Path) -> str:
    return (folder / "lock").read_text().strip() or "unknown"


class RunFile:
    """`run.json`: which processes run, with pid and port, for whoever wants to look at them or end them.

    A process that is being restarted stands there with its last pid until the new one is known.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.path / "run.json"
        self._processes: dict[str, dict[str, int]] = {}

    def record(self, name: str, pid: int, port: int | None) -> None:
        """Write the process down; a reader sees the file before or after, never in between."""
        self._processes[name] = {"pid": pid} if port is None else {"pid": pid, "port": port}
        draft = self._path.with_name(".run.json")
        draft.write_text(json.dumps({"processes": self._processes}, indent=2) + "\n")
        draft.replace(self._path)

    def port(self, name: str) -> int | None:
        """Where a process listens; None when it does not run."""
        try:
            found: int | None = json.loads(self._path.read_text())["processes"].get(name, {}).get("port")
        except FileNotFoundError:
            return None
        return found

    def remove(self) -> None:
        """Nothing runs any more."""
        self._path.unlink(missing_ok=True)
