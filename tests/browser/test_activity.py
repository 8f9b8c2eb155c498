"""What one's own stories came to."""

import re

from playwright.sync_api import expect

from tests.browser.reader import Reader


def test_who_made_nothing_is_told_so(reader: Reader) -> None:
    reader.open("/activity")
    expect(reader.page.get_by_text("Nothing in the last 30 days.")).to_be_visible()


def test_a_finished_story_is_counted_and_drawn(reader: Reader) -> None:
    reader.begin("The Counted One")
    reader.until_finished()
    reader.follow("Activity")
    expect(reader.heading).to_have_text("Activity")
    expect(reader.page.get_by_role("img")).to_have_attribute("aria-label", re.compile("1 story finished, 0 failed"))
    expect(reader.page.get_by_role("row").nth(1).get_by_role("cell").nth(2)).to_have_text("1")
