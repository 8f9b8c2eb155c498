"""The page where nobody answers for the gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from deploy.local.data_folder import DataFolder
from deploy.local.ports import free_port
from deploy.local.services import web_program
from tests.browser.reader import Reader
from tests.servers import Server


@pytest.fixture
def alone(browser: Browser, tmp_path: Path, stack: object) -> Iterator[Reader]:  # the stack has built the page
    """Somebody who has the page and nothing behind it."""
    port, nobody = free_port(), free_port()
    server = Server(web_program({}, DataFolder(tmp_path), port, nobody), f"http://localhost:{port}")
    server.program.log.parent.mkdir()
    context = browser.new_context(base_url=server.start().url)
    try:
        reader = Reader(context.new_page())
        yield reader
        reader.check()
    finally:
        context.close()
        server.stop()


def test_the_page_says_what_to_check(alone: Reader) -> None:
    alone.open()
    expect(alone.connection).to_have_text("Connecting")
    expect(alone.alert).to_contain_text("does not answer", timeout=10_000)
    for word in ("storywire up", "GATEWAY_URL", "CORS_ORIGINS", alone.page.url.rstrip("/")):
        expect(alone.alert).to_contain_text(word)


def test_what_cannot_be_handed_in_is_still_there(alone: Reader) -> None:
    alone.open().hand_in("The Lamp")
    expect(alone.page.locator("form").get_by_role("alert")).to_contain_text("does not answer")
    expect(alone.field("Title")).to_have_value("The Lamp")
    expect(alone.page.get_by_role("button", name="Generate")).to_be_enabled()
