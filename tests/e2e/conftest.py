from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import Stack, running
from tests.javascript.socket_client import SocketClient

# Over half a second for a story: long enough to do something in the middle of it.
SCRIPT = '{"words": 90, "chunk": 3, "pace": 0.02}'


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The session's stack; its model writes what a script says."""
    with running(STORYWIRE_MODEL="scripted", STORYWIRE_SCRIPT=SCRIPT) as stack:
        yield stack


@pytest.fixture
def page(node: Path, stack: Stack) -> Iterator[SocketClient]:
    """A page that is connected to the session's stack."""
    with SocketClient(node, stack.address, stack.token) as client:
        yield client
