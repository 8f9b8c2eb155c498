"""The examples in docs/examples, run as their README says, and those for a browser in README.md and docs/frontends.md."""

import os
import queue
import re
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

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
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


SIGNED_OUT = """
const before = session.user;
await fetch(`${gateway}/api/session`, { method: "DELETE", headers: { Authorization: `Bearer ${session.token}` } });
socket.once("connect", () => console.log("back as", before === session.user ? "before" : "a new guest"));
"""


def _for_browsers(stack: Stack, *pages: str) -> str:
    """The JavaScript of these pages, one after the other, for the session's gateway."""
    texts = [(ROOT / page).read_text() for page in pages]
    blocks = [block for text in texts for block in re.findall(r"^```js\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)]
    assert len(blocks) == len(pages)
    return "".join(blocks).replace("http://localhost:3001", stack.address)


@pytest.fixture
def browse(stack: Stack, node: Path, tmp_path: Path) -> Iterator[Callable[[str], Example]]:
    """To start a program for a browser; node has all that it needs of one."""
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    file = tmp_path / "page.mjs"
    with ExitStack() as ends:

        def browse(program: str) -> Example:
            file.write_text(program)
            example = Example([str(node), str(file)], tmp_path, stack.address)
            ends.callback(example.kill)
            return example

        yield browse


def _heard(example: Example, last: str) -> list[str]:
    """The names of the events that it prints, up to the last one."""
    heard = list[str]()
    while last not in heard:
        heard += re.findall(r"^story:\S+", example.line())
    return heard


WHOLE = [
    "story:requested",
    "story:processing:start",
    *["story:processing:progress"] * 3,
    "story:processing:complete",
]


def test_the_readme_s_page_shows_its_story_from_the_first_event_to_the_last(
    stack: Stack, browse: Callable[[str], Example]
) -> None:
    assert _heard(browse(_for_browsers(stack, "README.md")), WHOLE[-1]) == WHOLE


def test_it_misses_nothing_and_comes_back_whatever_the_gateway_does(
    stack: Stack, browse: Callable[[str], Example]
) -> None:
    example = browse(_for_browsers(stack, "README.md", "docs/frontends.md"))
    heard = _heard(example, "story:processing:progress")
    killed = stack.kill_service("gateway")
    assert heard + _heard(example, WHOLE[-1]) == WHOLE
    stack.wait_until_restarted("gateway", killed)


def test_a_page_that_is_signed_out_comes_back_as_a_new_guest(stack: Stack, browse: Callable[[str], Example]) -> None:
    example = browse(_for_browsers(stack, "README.md", "docs/frontends.md") + SIGNED_OUT)
    while (line := example.line()) != "back as a new guest":
        assert not line.startswith("back")
