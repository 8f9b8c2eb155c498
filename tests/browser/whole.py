"""What holds of every text that was watched, whatever happened meanwhile."""

from tests.browser.reader import Reader
from tests.e2e.finished import kept
from tests.e2e.stack import Stack


def check_whole(stack: Stack, reader: Reader, *, anew: bool = False) -> None:
    """What is shown is what is kept, to the character; and no text that was shown had a wrong, a missing or a doubled one.

    Where the story was begun `anew`, the texts before that belong to an attempt that was given up.
    """
    story_id = reader.until_finished()
    stack.wait(lambda: kept(stack, story_id)[1].get("status") == "complete", "the store did not keep the story")
    story = kept(stack, story_id)[1]["generatedContent"]
    assert reader.text == story
    shown = reader.texts[_last_begun(reader.texts) :] if anew else reader.texts
    assert [text for text in shown if not story.startswith(text)] == []


def _last_begun(texts: list[str]) -> int:
    """Where the text was last taken away. One that was never taken away was not begun anew."""
    return len(texts) - texts[::-1].index("")
