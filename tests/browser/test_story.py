"""A story's own page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Come, stack_with_a_page
from tests.browser.reader import Reader
from tests.browser.whole import check_whole
from tests.e2e.stack import Stack


@pytest.fixture
def failing() -> Iterator[Stack]:
    """A stack whose model fails once, in the middle."""
    script = '{"words": 90, "pace": 0.03, "fail": {"code": "output_truncated", "after": 8, "times": 1}}'
    with stack_with_a_page(script) as stack:
        yield stack


def test_a_story_is_cancelled_and_written_after_all(reader: Reader, stack: Stack) -> None:
    reader.begin("The Doubtful One")
    reader.press("Cancel")
    expect(reader.status).to_have_text("Cancelled")
    expect(reader.page.locator("article")).to_have_count(0)
    reader.press("Try again")
    check_whole(stack, reader, anew=True)
    expect(reader.page.get_by_role("list", name="About this story")).to_contain_text("attempt 2")


def test_a_story_that_failed_says_why_and_is_tried_again(come: Come, failing: Stack) -> None:
    reader = come(failing)
    reader.open().hand_in("The Hard One")
    expect(reader.alert).to_contain_text("ran out of room")
    expect(reader.alert).to_contain_text("It failed while writing the story.")
    expect(reader.status).to_have_text("Failed")
    reader.press("Try again")
    check_whole(failing, reader, anew=True)


def test_what_is_written_is_shown_as_text_and_never_as_html(reader: Reader, stack: Stack) -> None:
    title = "<img src=x onerror=alert(1)> <b>bold</b>"
    reader.open().hand_in(title, prompt="<script>alert(1)</script>")
    check_whole(stack, reader)
    expect(reader.heading).to_have_text(title)
    assert title in reader.text
    reader.page.get_by_text("What it was made from").click()
    expect(reader.page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    assert reader.page.locator("main img, main b, main script").count() == 0


def test_it_can_be_copied_and_kept(come: Come, stack: Stack, tmp_path: Path) -> None:
    reader = come(permissions=["clipboard-read", "clipboard-write"])
    reader.open().hand_in("Søren: the Lamp 1/2")
    check_whole(stack, reader)
    reader.press("Copy")
    expect(reader.page.get_by_text("Copied")).to_be_visible()
    assert reader.page.evaluate("navigator.clipboard.readText()") == reader.text
    with reader.page.expect_download() as download:
        reader.press("Download")
    download.value.save_as(tmp_path / "story.txt")
    assert download.value.suggested_filename == "Søren the Lamp 1 2.txt"
    assert (tmp_path / "story.txt").read_text() == reader.text


def test_the_story_is_seen_as_it_was_at_any_of_its_events(reader: Reader, stack: Stack) -> None:
    reader.open().hand_in("The Old One")
    check_whole(stack, reader)
    timeline = reader.page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("listitem")).to_have_count(6)
    timeline.get_by_text("story:processing:complete").click()
    expect(timeline.locator("pre").last).to_contain_text('"generatedWordCount": 180')

    timeline.get_by_role("button", name="Look at event 4").click()
    expect(reader.status).to_have_text("Writing the story, 50 %")
    expect(reader.bar).to_have_attribute("aria-valuenow", "50")
    assert reader.page.url.endswith("?at=4")
    reader.page.reload()  # A moment can be kept, and sent.
    expect(reader.page.get_by_text("As it was at event 4 of 6")).to_be_visible()

    timeline.get_by_role("button", name="4 times").click()
    reader.press("Play")
    expect(reader.page.get_by_role("list", name="About this story")).to_be_visible()
    check_whole(stack, reader)
    assert "?" not in reader.page.url


def test_the_newest_words_stay_in_sight_unless_the_reader_scrolled_up(come: Come, stack: Stack) -> None:
    reader = come(viewport={"width": 360, "height": 320})
    reader.begin("The Long One")
    end = reader.page.locator(".end")
    reader.until_written(500)
    expect(end).to_be_in_viewport()
    reader.page.mouse.move(100, 200)
    reader.page.mouse.wheel(0, -2_000)
    expect(reader.page.get_by_role("button", name="Go to the newest words")).to_be_visible()
    reader.until_written(len(reader.texts[-1]))
    expect(end).not_to_be_in_viewport()
    reader.press("Go to the newest words")
    expect(end).to_be_in_viewport()
    check_whole(stack, reader)


def test_a_story_that_is_deleted_is_gone_from_every_page(reader: Reader, stack: Stack) -> None:
    reader.open().hand_in("The Unwanted One")
    check_whole(stack, reader)
    listed = Reader(reader.page.context.new_page()).open("/stories")
    row = listed.page.get_by_role("link", name="The Unwanted One")
    expect(row).to_be_visible()
    reader.press("Delete")
    reader.press("Keep it")
    reader.press("Delete")
    reader.press("Delete for good")
    expect(reader.heading).to_have_text("Deleted")
    expect(reader.heading).to_be_focused()
    expect(row).to_have_count(0)
    reader.page.reload()
    expect(reader.heading).to_have_text("Not found")


def test_who_has_the_link_reads_along_and_can_do_nothing_else(reader: Reader, come: Come, stack: Stack) -> None:
    reader.open().hand_in("The Shared One")
    check_whole(stack, reader)
    reader.press("Share")
    link = reader.page.get_by_label("Whoever has this address may read the story").input_value()
    other = come()
    other.page.goto(link)
    check_whole(stack, other)
    expect(other.page.get_by_role("button", name="Share")).to_have_count(0)
    with other.page.expect_download():
        other.press("Download")


def test_a_story_is_nobody_elses(reader: Reader, come: Come) -> None:
    reader.begin("The Private One")
    other = come().open(f"/stories/{reader.awaited}")
    expect(other.heading).to_have_text("Not found")
    other.follow("Your stories")
    expect(other.page.get_by_text("No stories yet.")).to_be_visible()


@pytest.mark.parametrize("path", ["/stories/00000000000000000000000000", "/stories/abc", "/nowhere"])
def test_what_is_not_there_is_not_found(reader: Reader, path: str) -> None:
    reader.open(path)
    expect(reader.heading).to_have_text("Not found")
