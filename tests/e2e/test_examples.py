"""The examples in docs/examples, run as their README says."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.stack import Stack
from tests.javascript.node import PACKAGES
from tests.javascript.socket_client import Seen, SocketClient

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
TEXT = "A fox sold umbrellas, and it never rained.\n"
DEADLINE = 30.0


class Example:
    """An example while it runs."""

    def __init__(self, command: list[str], folder: Path, nats_url: str) -> None:
        self._child = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "NATS_URL": nats_url},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines = queue.Queue[str]()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def line(self) -> str:
        """The next line that it prints."""
        return self._lines.get(timeout=DEADLINE)

    def end(self) -> list[str]:
        """Ctrl-C; give what it had still to say."""
        self._child.send_signal(signal.SIGINT)
        try:
            assert self._child.wait(timeout=DEADLINE) == 0
        finally:
            self.kill()
        return list(self._lines.queue)

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()
        self._reader.join()
        assert self._child.stdout
        self._child.stdout.close()

    def _read(self) -> None:
        assert self._child.stdout
        for line in self._child.stdout:
            self._lines.put(line.rstrip("\n"))


Start = Callable[[str], Example]


@pytest.fixture
def start(stack: Stack, node: Path, tmp_path: Path) -> Iterator[Start]:
    """To start an example beside the session's stack; it is listening then."""
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    nats_url = stack.run("nats-url").stdout.strip()
    with ExitStack() as ends:

        def start(name: str) -> Example:
            file = Path(shutil.copy(EXAMPLES / name, tmp_path))
            interpreter = sys.executable if file.suffix == ".py" else str(node)
            example = Example([interpreter, str(file)], tmp_path, nats_url)
            ends.callback(example.kill)
            assert example.line() == "listening"
            return example

        yield start


def _told_of(line: str, complete: Seen) -> bool:
    return line.startswith(f"{complete.data['storyId']}: {complete.data['generatedWordCount']} words")


def _finish(page: SocketClient, *titles: str) -> list[Seen]:
    """Have stories written; give their last events."""
    return [page.story(TEXT, title)[-1] for title in titles]


@pytest.mark.parametrize("name", ["subscriber.py", "subscriber.mjs"])
def test_a_subscriber_hears_of_each_story_that_is_finished(name: str, start: Start, page: SocketClient) -> None:
    example = start(name)
    first, second = _finish(page, "The First", "The Second")
    assert _told_of(example.line(), first)
    assert _told_of(example.line(), second)
    assert example.end() == []


@pytest.mark.parametrize("name", ["durable_consumer.py", "durable_consumer.mjs"])
def test_a_durable_consumer_hears_of_each_story_though_it_was_down(name: str, start: Start, page: SocketClient) -> None:
    example = start(name)
    (first,) = _finish(page, "Before")
    while not _told_of(example.line(), first):  # it begins with all that others have finished
        pass
    assert example.end() == []

    missed = _finish(page, "Meanwhile", "Meanwhile Too")
    example = start(name)
    (last,) = _finish(page, "After")
    for complete in (*missed, last):
        assert _told_of(example.line(), complete)
    assert example.end() == []
