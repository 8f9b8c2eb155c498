"""The whole stack, run as a user runs it: `storywire up`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

import psutil

from deploy.local.ports import free_port
from tests import tokens

STORYWIRE = str(Path(sys.executable).with_name("storywire"))
START_DEADLINE = 60.0
END_DEADLINE = 10.0  # what is promised for Ctrl-C and SIGTERM


class Stack:
    """`storywire up` in an empty folder of its own. Port and data survive a restart."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "kept"
        self.port = int(settings.get("GATEWAY_PORT") or free_port())
        self.address = f"http://127.0.0.1:{self.port}"
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"STORYWIRE_DATA": str(self.data), "GATEWAY_PORT": str(self.port), "WEB_PORT": "off"}
        self.environment = {**inherited, **own, **settings}
        self._up: subprocess.Popen[bytes] | None = None
        self.token = ""
        """Whose the stories of the tests are."""

    def start(self) -> Self:
        """Start; return when it is ready."""
        with (self.folder / "up.log").open("ab") as log:
            self._up = subprocess.Popen(
                [STORYWIRE, "up"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait(lambda: self.is_ready and self.has_said("Storywire is ready"), "it is not ready")
        self.token = self.token or tokens.guest_at(self.port)
        return self

    def end(self) -> None:
        """SIGTERM, as Ctrl-C would; everything has to be gone, in good order and in time."""
        assert self._up
        self._up.send_signal(signal.SIGTERM)
        try:
            code = self._up.wait(timeout=END_DEADLINE)
        finally:
            self.kill()
        assert code == 0, f"storywire up ended with exit code {code}:\n{self.log}"
        assert self.orphans() == []
        assert not (self.data / "run.json").exists()

    def restart(self) -> None:
        self.end()
        self.start()

    def kill(self) -> None:
        """End it in whatever way; for a stack that a failed test has left behind."""
        if self._up is not None:
            self._up.kill()
            self._up.wait()
            self._up = None

    @property
    def page(self) -> str:
        """The address of the page, where WEB_PORT gives it a port."""
        return f"http://localhost:{self.environment['WEB_PORT']}"

    @property
    def is_running(self) -> bool:
        return self._up is not None

    @property
    def is_ready(self) -> bool:
        try:
            return self._get("/readyz")[0] == 200
        except (OSError, HTTPException):
            return False

    @property
    def log(self) -> str:
        """What `up` has said, and the last of what each process has."""
        last = (f"--- {path.stem}\n{path.read_text()[-1_500:]}" for path in sorted((self.data / "logs").glob("*.log")))
        return "\n".join(((self.folder / "up.log").read_text(), *last))

    def has_said(self, words: str) -> bool:
        return words in (self.folder / "up.log").read_text()

    def processes(self) -> dict[str, dict[str, int]]:
        """What run.json lists."""
        running: dict[str, dict[str, int]] = json.loads((self.data / "run.json").read_text())["processes"]
        return running

    def kill_service(self, name: str) -> int:
        """kill -9; give the pid that is no more."""
        pid = self.processes()[name]["pid"]
        killed = psutil.Process(pid)
        killed.kill()
        # While it dies it may still be handed a message, which then waits for its redelivery: half a minute.
        killed.wait(timeout=30)
        return pid

    def wait_until_restarted(self, name: str, killed: int) -> None:
        self.wait(lambda: self.processes()[name]["pid"] != killed and self.is_ready, f"{name} did not come back")

    def get(self, path: str) -> Any:
        """The JSON at a path of the gateway."""
        status, body = self._get(path)
        assert status == 200, f"{path}: {status} {body.decode()}"
        return json.loads(body)

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=tokens.bearer(self.token))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def generate(self, file: Path, *arguments: str, as_guest: bool = False) -> subprocess.CompletedProcess[str]:
        """`storywire generate FILE ...`, in a process of its own."""
        return self.run("generate", str(file), *arguments, token="" if as_guest else self.token)

    def run(self, *arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
        """`storywire ...`, in a process of its own."""
        return subprocess.run(
            [STORYWIRE, *arguments],
            cwd=self.folder,
            env=self.environment | {"STORYWIRE_TOKEN": token},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def orphans(self) -> list[str]:
        """Processes that were started for this stack and are still there, whoever their parent is by now."""
        ours = [process for process in psutil.process_iter() if self._is_ours(process)]
        _, left = psutil.wait_procs(ours, timeout=2)
        return [str(process) for process in left]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("STORYWIRE_DATA") == str(self.data)
        except psutil.Error:  # gone, a zombie, or somebody else's
            return False

    def wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + START_DEADLINE
        while not condition():
            assert self._up, "the stack does not run"
            assert self._up.poll() is None, f"storywire up ended with exit code {self._up.poll()}:\n{self.log}"
            assert time.monotonic() < deadline, f"{otherwise}:\n{self.log}"
            time.sleep(0.05)


@contextmanager
def running(**settings: str) -> Iterator[Stack]:
    """A stack with these settings. At the end of the block it has to end in good order."""
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:  # not tmp_path, which keeps what it held
        stack = Stack(Path(folder), **settings)
        try:
            yield stack.start()
            stack.end()
        finally:
            stack.kill()
