"""`python -m tests.browser.pictures FOLDER` takes a picture of every page and state, in both schemes, wide and narrow.

With `--readme` it takes those few that the README shows, into docs/images.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect

from tests.browser.conftest import stack_with_a_page
from tests.browser.driver import driven
from tests.browser.reader import Reader
from tests.e2e.stack import Stack

Scheme = Literal["light", "dark"]

_IMAGES = Path(__file__).parents[2] / "docs" / "images"
_WIDE, _NARROW = (1_000, 760), (390, 760)
_SCRIPT = '{"words": 220, "chunk": 2, "pace": 0.05}'
_FAILING = '{"words": 90, "fail": {"code": "model_stalled", "after": 8}}'
_NOTES = """\
The lamp on the pier was lit, and nobody had lit it.
Marta had the only key, and she had been asleep.
The harbour master wrote it down and said nothing.
In the morning a boat lay there that nobody knew.
"""
_PROMPT = "A calm ending, please"


class Camera:
    """One reader, whose page is photographed."""

    def __init__(self, reader: Reader, folder: Path, mark: str) -> None:
        self.reader = reader
        self._folder = folder
        self._mark = mark

    def take(self, name: str, *, whole: bool = False) -> None:
        if whole:
            self.reader.page.evaluate("scrollTo(0, 0)")
        self.reader.page.wait_for_timeout(800)  # until what moves has arrived
        self.reader.page.screenshot(path=self._folder / f"{name}{self._mark}.png", full_page=whole)

    def fill_in(self, title: str = "The lamp on the pier") -> None:
        self.reader.choose(_NOTES)
        self.reader.field("Title").fill(title)
        self.reader.field("Prompt").fill(_PROMPT)


@contextmanager
def camera(
    browser: Browser, stack: Stack, folder: Path, *, scheme: Scheme, size: tuple[int, int], mark: str = ""
) -> Iterator[Camera]:
    width, height = size
    context = browser.new_context(
        base_url=stack.page, color_scheme=scheme, viewport={"width": width, "height": height}, timezone_id="UTC"
    )
    with context:
        yield Camera(Reader(context.new_page()), folder, mark)


def whole_story(taken: Camera) -> None:
    """From nothing to a finished story, with all that may come between."""
    reader = taken.reader
    reader.open("/stories")
    taken.take("01-no-stories")
    reader.open()
    taken.take("02-form")
    reader.press("Generate")
    taken.take("03-faults", whole=True)
    taken.fill_in()
    taken.take("04-filled-in", whole=True)
    reader.press("Generate")
    expect(reader.status).to_be_visible()
    taken.take("05-begun")
    reader.until_written(300)
    taken.take("06-written")
    reader.follow("Stories")
    taken.take("07-list-live")
    reader.follow("The lamp on the pier")
    reader.page.context.set_offline(offline=True)
    taken.take("08-offline")
    reader.page.wait_for_timeout(6_000)
    reader.page.context.set_offline(offline=False)
    reader.until_finished()
    taken.take("09-caught-up")
    taken.take("10-finished", whole=True)
    reader.page.get_by_text("What it was made from").click()
    reader.page.get_by_text("story:processing:progress").first.click()
    reader.page.get_by_role("button", name="Look at event 4").click()
    taken.take("11-as-it-was", whole=True)
    reader.press("Play")
    reader.page.wait_for_timeout(400)
    taken.take("12-playing", whole=True)
    reader.open().hand_in("The one that was given up")
    reader.until_written()
    reader.press("Cancel")
    taken.take("13-cancelled", whole=True)
    reader.follow("Stories")
    taken.take("14-list")
    reader.open("/stories/00000000000000000000000000")
    taken.take("15-not-found")


def troubles(taken: Camera) -> None:
    """What fails, and what is not there."""
    reader = taken.reader
    reader.open()
    taken.fill_in("The hard one")
    reader.press("Generate")
    expect(reader.status).to_have_text("Failed", timeout=60_000)
    taken.take("21-failed", whole=True)
    reader.follow("Stories")
    taken.take("22-list-failed")
    reader.page.route("**/config.json", lambda route: route.fulfill(json={"gateway": "http://127.0.0.1:9"}))
    reader.open()
    taken.take("23-no-gateway")
    reader.page.wait_for_timeout(2_000)
    taken.take("24-no-gateway-yet", whole=True)


def every_state(browser: Browser, folder: Path) -> None:
    looks: list[tuple[Scheme, tuple[int, int]]] = list(product(("light", "dark"), (_WIDE, _NARROW)))
    acts: list[tuple[str, Callable[[Camera], None]]] = [(_SCRIPT, whole_story), (_FAILING, troubles)]
    for script, act in acts:
        with stack_with_a_page(script, MODEL_TRIES="1") as stack:
            for scheme, size in looks:
                with camera(browser, stack, folder, scheme=scheme, size=size, mark=f"-{scheme}-{size[0]}") as taken:
                    act(taken)


def for_the_readme(browser: Browser, folder: Path) -> None:
    with stack_with_a_page(_SCRIPT) as stack:
        with camera(browser, stack, folder, scheme="light", size=_WIDE) as taken:
            taken.reader.open()
            taken.fill_in()
            taken.take("create")
            taken.reader.press("Generate")
            taken.reader.until_written(400)
            taken.take("writing")
            taken.reader.until_finished()
            taken.reader.page.get_by_role("button", name="Look at event 4").click()
            taken.take("timeline", whole=True)
        with camera(browser, stack, folder, scheme="dark", size=_NARROW, mark="-phone") as taken:
            taken.reader.open()
            taken.fill_in()
            taken.reader.press("Generate")
            taken.reader.until_written(150)
            taken.take("writing")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=_IMAGES)
    parser.add_argument("--readme", action="store_true", help="take those that the README shows")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with driven() as browser:
        (for_the_readme if asked.readme else every_state)(browser, asked.folder)


if __name__ == "__main__":
    main()
