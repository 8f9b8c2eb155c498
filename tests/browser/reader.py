"""Somebody in front of the page: what they do, and what they see."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

NOTES = "The lamp on the pier was lit, and nobody had lit it.\nMarta had the only key.\n"
PATIENCE = 30_000.0  # milliseconds

# Every text that the story had, in its order, whatever is drawn of it.
_LOOK = """
let last = "";
new MutationObserver(() => {
  const text = document.querySelector("article")?.firstChild?.data ?? "";
  if (text !== last) { last = text; saw(text); }
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


class Reader:
    """Uses the page as people do: by what it says and by the roles of what is there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.texts: list[str] = []
        """What the story's text was, one after the other, while it was looked at."""
        self.said: list[str] = []
        """What the console said."""
        self._errors: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.expose_function("saw", lambda text: self.texts.append(text))  # noqa: PLW0108 - no built-in is taken
        page.add_init_script(_LOOK)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._errors.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)
        if "Content Security Policy" in message.text:
            self._errors.append(message.text)

    def check(self) -> None:
        """Nothing was thrown, and nothing was tried that the page may not do."""
        assert self._errors == []

    def open(self, path: str = "/") -> "Reader":
        self.page.goto(path)
        return self

    def hand_in(self, title: str, text: str | bytes = NOTES, prompt: str | None = None) -> None:
        """Fill in the form and press Generate."""
        self.choose(text)
        self.field("Title").fill(title)
        if prompt is not None:
            self.field("Prompt").fill(prompt)
        self.press("Generate")

    def choose(self, text: str | bytes, name: str = "notes.txt") -> None:
        content = text if isinstance(text, bytes) else text.encode()
        self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": content}
        )

    def begin(self, title: str, text: str = NOTES) -> None:
        """Hand in a text, and wait until a part of its story is there."""
        self.open().hand_in(title, text)
        self.until_written()

    def until_written(self, characters: int = 40) -> None:
        """Wait until so much of the text is there, and more to come."""
        self.page.wait_for_function(
            "length => (document.querySelector('article.writing')?.firstChild?.data ?? '').length > length",
            arg=characters,
        )

    def until_shown(self, characters: int = 40) -> None:
        """Wait until so much of the text is there, whether more is to come or not: a page may take as long as its story."""
        self.page.wait_for_function(
            "length => (document.querySelector('article')?.firstChild?.data ?? '').length > length", arg=characters
        )

    def until_finished(self) -> str:
        """Wait until the story is finished, and shown on its own page; give its id."""
        self.page.wait_for_url("**/stories/*")
        expect(self.page.get_by_role("list", name="About this story")).to_be_visible(timeout=PATIENCE)
        return self.story_id

    @property
    def story_id(self) -> str:
        return PurePosixPath(urlsplit(self.page.url).path).name

    @property
    def awaited(self) -> str:
        """The id of the story that is waited for on the first page."""
        return str(self.page.evaluate("JSON.parse(localStorage.getItem('storywire.awaited')).storyId"))

    @property
    def text(self) -> str:
        """The story's text, to the character."""
        return str(self.page.locator("article").evaluate("article => article.firstChild.data"))

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def status(self) -> Locator:
        """What is happening to the story."""
        return self.page.get_by_role("region", name="Progress").get_by_role("status")

    @property
    def bar(self) -> Locator:
        return self.page.get_by_role("progressbar")

    @property
    def connection(self) -> Locator:
        return self.page.locator("header").get_by_role("status")

    @property
    def alert(self) -> Locator:
        return self.page.get_by_role("alert")

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).click()

    def wait_for(self, connection: str) -> None:
        """Wait until the connection is said to be so."""
        expect(self.connection).to_have_text(connection, timeout=PATIENCE)
