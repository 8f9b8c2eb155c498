"""From a text file to a finished story, on the first page."""

import re
from contextlib import suppress

from playwright.sync_api import FileChooser, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from tests.browser.conftest import Come
from tests.browser.reader import NOTES, Reader
from tests.browser.whole import check_whole
from tests.e2e.stack import Stack

_DROP = """
(target, text) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], "dropped.txt", { type: "text/plain" }));
  for (const kind of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}
"""


def test_a_text_becomes_a_story_before_ones_eyes(reader: Reader, stack: Stack) -> None:
    reader.open().choose(NOTES)
    expect(reader.page.get_by_text("notes.txt")).to_be_visible()
    expect(reader.page.get_by_text("77 bytes")).to_be_visible()
    expect(reader.page.get_by_label("Its first lines")).to_have_text(NOTES.rstrip())
    reader.field("Title").fill("The Lamp")
    reader.press("Generate")

    reader.until_written()
    expect(reader.heading).to_have_text("The Lamp")
    expect(reader.bar).to_have_attribute("aria-valuenow", "50")
    expect(reader.status).to_have_text("Writing the story, 50 %")
    expect(reader.page.get_by_role("listitem").filter(has_text="Reading the file")).to_contain_text(
        re.compile("done.*s$")
    )

    check_whole(stack, reader)  # It went to the story's page by itself.
    assert len(reader.texts) > 10
    expect(reader.heading).to_be_focused()
    assert reader.page.title() == "The Lamp · Storywire"
    assert "Connected to stories namespace" in reader.said


def test_a_file_may_be_dropped(reader: Reader) -> None:
    reader.open()
    reader.page.locator(".drop").evaluate(_DROP, NOTES)
    expect(reader.page.get_by_text("dropped.txt")).to_be_visible()
    expect(reader.page.get_by_label("Its first lines")).to_contain_text("Marta had the only key.")


def test_what_is_missing_is_said_at_its_field(reader: Reader) -> None:
    reader.open().press("Generate")
    expect(reader.alert).to_have_text(["Choose a text file.", "The story needs a title."])
    expect(reader.page.locator("input[type=file]")).to_be_focused()
    expect(reader.field("Title")).to_have_attribute("aria-invalid", "true")
    reader.field("Title").fill("The Lamp")
    expect(reader.alert).to_have_text(["Choose a text file."])


def test_what_the_gateway_refuses_is_said_at_its_field(reader: Reader) -> None:
    reader.open().hand_in("x" * 201)
    expect(reader.field("Title")).to_have_attribute("aria-describedby", "title-fault")
    expect(reader.page.locator("#title-fault")).to_contain_text("more than 200 characters")
    reader.hand_in("The Lamp", b"\xff\xfe")
    expect(reader.page.locator("#file-fault")).to_contain_text("not UTF-8")
    expect(reader.alert).to_have_count(1)


def test_what_only_the_work_finds_out_is_said_at_its_field_too(reader: Reader) -> None:
    reader.open().hand_in("Nothing", " \n\t\n")
    expect(reader.page.locator("#file-fault")).to_contain_text("white space")
    expect(reader.heading).to_have_text("A new story")


def test_what_was_filled_in_survives_a_refresh(reader: Reader) -> None:
    reader.open()
    reader.field("Title").fill("The Lamp")
    reader.field("Prompt").fill("A calm ending, please")
    reader.page.reload()
    expect(reader.field("Title")).to_have_value("The Lamp")
    expect(reader.field("Prompt")).to_have_value("A calm ending, please")


def chosen_by_key(page: Page) -> FileChooser:
    """The chooser that the space bar opens. Chromium keeps it to itself now and then (more so with Enter); one presses again."""
    for _ in range(5):
        with suppress(TooLate):
            with page.expect_file_chooser(timeout=5_000) as chooser:
                page.keyboard.press("Space")
            return chooser.value
    raise AssertionError("the space bar opened no file chooser, five times")


def test_the_keyboard_is_enough(reader: Reader, stack: Stack) -> None:
    page = reader.open().page
    keys = page.keyboard
    expect(reader.heading).to_be_visible()
    pages = page.get_by_role("navigation").get_by_role("link").count()
    for _ in range(2 + pages + 1):  # past the skip link, the name, and the pages
        keys.press("Tab")
    expect(page.locator("input[type=file]")).to_be_focused()
    chosen_by_key(page).set_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": NOTES.encode()})
    expect(page.get_by_label("Its first lines")).to_be_visible()
    keys.press("Tab")
    keys.type("By Hand")
    keys.press("Enter")
    reader.until_written()
    check_whole(stack, reader)

    page.locator("input[type=range]").focus()
    keys.press("ArrowLeft")
    expect(page.get_by_text("As it was at event 5 of 6")).to_be_visible()
    keys.press("Home")
    expect(reader.status).to_have_text("Waiting for its turn")
    keys.press("End")
    assert reader.text


def test_who_went_elsewhere_finds_the_story_where_it_was(come: Come, stack: Stack) -> None:
    reader = come()
    reader.begin("The Left One")
    reader.follow("Stories")
    row = reader.page.get_by_role("link", name="The Left One")
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    expect(row).to_contain_text("Finished", timeout=20_000)  # Leaving cancels nothing, and the list tells by itself.
    reader.follow("New story")
    expect(reader.page.get_by_text("“The Left One” is finished.")).to_be_visible()
    reader.follow("Read it")
    check_whole(stack, reader)
