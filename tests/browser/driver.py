"""Playwright, driving the Chromium that there is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from deploy.local import node
from tests.browser.chromium import chromium


@contextmanager
def driven() -> Iterator[Browser]:
    """A browser."""
    found = chromium()
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node.NODE))  # its own wants libraries that a bare system lacks
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path, args=list(found.arguments), env=dict(found.environment)
        )
        try:
            yield browser
        finally:
            browser.close()
