from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser

from deploy.local.ports import free_port
from tests.browser.driver import driven
from tests.browser.reader import Reader
from tests.e2e.stack import Stack, running

# Three seconds for a story: long enough to do something in the middle of it.
SCRIPT = '{"words": 180, "chunk": 3, "pace": 0.05}'

Come = Callable[..., Reader]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The package's browser. Not the session's: while its driver runs, tests that are coroutines cannot."""
    with driven() as browser:
        yield browser


@contextmanager
def stack_with_a_page(script: str, **more: str) -> Iterator[Stack]:
    """A stack as `make up` runs it, with the scripted model."""
    settings = {
        "STORYWIRE_MODEL": "scripted",
        "STORYWIRE_SCRIPT": script,
        "WEB_PORT": str(free_port()),
        "GATEWAY_PORT": str(free_port()),
    }
    with running(**settings | more) as stack:
        yield stack


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """The package's stack; its model writes what a script says."""
    with stack_with_a_page(SCRIPT) as stack:
        yield stack


@pytest.fixture
def come(browser: Browser, stack: Stack) -> Iterator[Come]:
    """Somebody comes to the page, with a browser of their own; with Playwright's settings of a context, if any."""
    with ExitStack() as leaving:

        def arrive(at: Stack = stack, **settings: Any) -> Reader:
            context = browser.new_context(base_url=at.page, **settings)
            leaving.callback(context.close)
            reader = Reader(context.new_page())
            leaving.callback(reader.check)
            return reader

        yield arrive


@pytest.fixture
def reader(come: Come) -> Reader:
    """Somebody with a browser, who has not opened the page yet."""
    return come()
