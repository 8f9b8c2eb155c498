"""Servers for every test. A shared one is started once, when first asked for; tests keep apart by their own database names
and story ids. A test that kills, pauses or fills a server asks for its own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.javascript.node import installed_node
from tests.servers import Server, mongo_server, nats_server, running


def pytest_configure() -> None:
    """Let what tests start behave as for a person, whoever starts the tests.

    A shell has its jobs in the background ignore Ctrl-C, and theirs; and where Python does not buffer, nothing is left to flush.
    """
    os.environ.pop("PYTHONUNBUFFERED", None)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """The session's nats-server."""
    with running(nats_server) as server:
        yield server.url


@pytest.fixture(scope="session")
def mongodb_url() -> Iterator[str]:
    """The session's mongod."""
    with running(mongo_server) as server:
        yield server.url


@pytest.fixture
def own_nats() -> Iterator[Server]:
    """A nats-server for this test alone."""
    with running(nats_server) as server:
        yield server


@pytest.fixture
def own_mongo() -> Iterator[Server]:
    """A mongod for this test alone."""
    with running(mongo_server) as server:
        yield server


@pytest.fixture(scope="session")
def node() -> Path:
    """A real node, and the official clients in tests/javascript/node_modules."""
    return installed_node()
