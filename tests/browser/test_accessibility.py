"""Every page and state, in both schemes, looked at by axe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import psutil
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Come
from tests.browser.reader import Reader
from tests.browser.whole import check_whole
from tests.e2e.stack import Stack

_STEPS = (
    "Starting, 0 %",
    "Reading the file, 25 %",
    "Writing the story, 50 %",
    "Saving the story, 75 %",
    "Finished",
)
# Everything that a screen reader would read out by itself.
_LISTEN = """
const heard = new Set();
new MutationObserver(() => {
  for (const each of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) heard.add(each.textContent);
  sessionStorage.setItem("heard", JSON.stringify([...heard]));
}).observe(document, { subtree: true, childList: true, characterData: true });
"""

_SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")


@contextmanager
def _held(stack: Stack) -> Iterator[None]:
    """The generator writes no word meanwhile: what is being written stays so for as long as it is looked at."""
    generator = psutil.Process(stack.processes()["generator"]["pid"])
    generator.suspend()
    try:
        yield
    finally:
        generator.resume()


def _faults(reader: Reader) -> list[str]:
    found = Axe().run(reader.page).response["violations"]
    return [f"{each['id']} ({each['impact']}): {each['nodes'][0]['html']}" for each in found]


def test_axe_finds_nothing_on_any_page(come: Come, stack: Stack) -> None:
    # Without motion: what is looked at in the middle of a transition has colours of its own.
    reader, found = come(reduced_motion="reduce"), dict[str, list[str]]()

    def look(what: str) -> None:
        for scheme in _SCHEMES:
            reader.page.emulate_media(color_scheme=scheme)
            found[f"{what}, {scheme}"] = _faults(reader)

    reader.open("/stories")
    expect(reader.page.get_by_text("No stories yet.")).to_be_visible()
    look("no stories")
    reader.open().press("Generate")
    look("a form with faults")
    reader.begin("The Accessible One")
    with _held(stack):
        look("a story being written")
        reader.follow("Stories")
        expect(reader.page.get_by_role("progressbar")).to_be_visible()
        look("a list with a story being written")
    reader.follow("The Accessible One")
    reader.until_finished()
    reader.page.get_by_text("What it was made from").click()
    reader.page.get_by_text("story:processing:complete").click()
    look("a finished story")
    reader.page.get_by_role("button", name="Look at event 4").click()
    look("a story as it was")
    reader.follow("Activity")
    expect(reader.page.get_by_role("table")).to_be_visible()
    look("one's activity")
    reader.open().hand_in("The Cancelled One")
    reader.until_written()
    reader.press("Cancel")
    expect(reader.status).to_have_text("Cancelled")
    look("a cancelled story")
    reader.open("/stories/00000000000000000000000000")
    expect(reader.heading).to_have_text("Not found")
    look("what is not there")
    reader.page.context.set_offline(offline=True)
    reader.wait_for("Offline")
    look("no network")
    assert {what: faults for what, faults in found.items() if faults} == {}


def test_who_listens_hears_what_happens_and_none_of_the_words(come: Come, stack: Stack) -> None:
    reader = come()
    reader.page.add_init_script(_LISTEN)
    reader.open().hand_in("The Spoken One")
    check_whole(stack, reader)
    heard = set(reader.page.evaluate("JSON.parse(sessionStorage.getItem('heard'))"))
    assert heard >= {"Live", "Writing the story, 50 %"}
    assert heard <= {"", "Connecting", "Live", "Waiting for its turn", *_STEPS}
    assert reader.page.locator("article").get_attribute("aria-live") is None


def test_who_wants_no_motion_sees_none(come: Come) -> None:
    reader = come(reduced_motion="reduce")
    reader.begin("The Calm One")
    moving = "document.getAnimations().length"
    assert reader.page.evaluate(moving) == 0
