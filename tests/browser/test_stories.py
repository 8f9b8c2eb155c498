"""One's own stories."""

import re

from playwright.sync_api import Route, expect

from tests.browser.reader import NOTES, Reader

_PAGE = re.compile(r"limit=\d+")


def _two_at_a_time(route: Route) -> None:
    route.continue_(url=_PAGE.sub("limit=2", route.request.url))


def test_who_has_none_is_told_where_to_begin(reader: Reader) -> None:
    reader.open("/stories").follow("Make the first one")
    expect(reader.heading).to_have_text("A new story")
    expect(reader.heading).to_be_focused()


def test_the_newest_come_first_and_the_older_ones_when_asked_for(reader: Reader) -> None:
    for title in ("One", "Two", "Three", "Four"):
        reader.open().hand_in(title, NOTES)
        expect(reader.status).to_be_visible()
        reader.press("begin another story")
    reader.page.route("**/api/stories?*", _two_at_a_time)
    reader.open("/stories")
    titles = reader.page.locator("main ol .title")
    expect(titles).to_have_text(["Four", "Three"])
    reader.press("Older stories")
    expect(titles).to_have_text(["Four", "Three", "Two", "One"])
    expect(reader.page.get_by_role("button", name="Older stories")).to_have_count(0)


def test_a_story_begun_elsewhere_appears_by_itself(reader: Reader) -> None:
    reader.open("/stories")
    expect(reader.page.get_by_text("No stories yet.")).to_be_visible()
    other = Reader(reader.page.context.new_page())  # another tab
    other.open().hand_in("From Another Tab")
    row = reader.page.get_by_role("link", name="From Another Tab")
    expect(row.get_by_role("progressbar")).to_be_visible(timeout=10_000)
    expect(row).to_contain_text("Finished", timeout=20_000)
    other.check()
