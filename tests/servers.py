"""Real servers for tests, run as the local stack runs them, with a hand on their lives."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from contracts.permissions import USERS, Permissions
from deploy.local.mongo import MongoServer
from deploy.local.nats import NatsServer
from deploy.local.program import NotReadyError, Program

START_DEADLINE = 30.0
TESTS = "tests"
MONGO_TESTER = {TESTS: [{"resource": {"anyResource": True}, "actions": ["anyAction"]}]}
NATS_USERS = {**USERS, TESTS: Permissions(publish=(">",), subscribe=(">",))}


class Server:
    """A program as a child process. Its port and its data survive stop, kill and restart.

    Its methods block, for some 30 ms (NATS) to 500 ms (MongoDB), and may be called straight from an async test: a client
    of that test notices what happened when the loop runs again. Not from another thread: the child dies with the thread
    that started it.
    """

    def __init__(self, program: Program, url: str, url_of: Callable[[str], str] = str) -> None:
        self.program = program
        self.url = url
        """Where a test connects, which may do anything."""
        self.url_of = url_of
        """Where a service connects, which may do what it has to."""
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._child is not None, f"{self.program.name} is not running"
        return self._child

    def start(self, *, wait: bool = True) -> Self:
        """Start, and by default return only when it can be used."""
        assert self._child is None, f"{self.program.name} is running already"
        with self.program.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.program.leashed(),
                env=self.program.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_DEADLINE
        while (missing := self._missing()) is not None:
            log = self.program.log
            assert self._running.poll() is None, f"{self.program.name} ended: {log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, (
                f"{self.program.name} is not ready: {missing}; {log.read_text()[-2000:]}"
            )
            time.sleep(0.01)

    def _missing(self) -> NotReadyError | None:
        try:
            self.program.check()
        except NotReadyError as reason:
            return reason
        return None

    def stop(self) -> None:
        """End it in good order. Does nothing when it is not running."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9. Does nothing when it is not running."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitpid(self.pid, os.WUNTRACED)  # its threads go on for a moment after the signal

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.send_signal(how)
        child.send_signal(signal.SIGCONT)  # one that is frozen could not end
        try:
            child.wait(timeout=20)
        finally:
            child.kill()
            child.wait()


def nats_server(folder: Path) -> Server:
    """A nats-server with JetStream and `sync_interval: always`, not started yet; its data stands in the folder."""
    server = NatsServer(folder / "nats", users=NATS_USERS)
    return Server(server.program(folder / "nats.log"), server.url(TESTS), server.url)


def mongo_server(folder: Path) -> Server:
    """A mongod, primary of a replica set of one node, not started yet; its data stands in the folder."""
    server = MongoServer(folder / "mongo", others=MONGO_TESTER)
    return Server(server.program(folder / "mongo.log"), server.url(TESTS), server.url)


@contextmanager
def running(make: Callable[[Path], Server]) -> Iterator[Server]:
    """One of these two while the body runs; its data goes with it."""
    # Not pytest's tmp_path, which keeps the last three runs: a mongod takes some hundred megabytes.
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        server = make(Path(folder))
        try:
            yield server.start()
        finally:
            server.kill()
