"""What `storywire up` tells the person at the terminal: one line for each thing that happens."""

from contextlib import suppress

from rich.console import Console
from rich.text import Text

_console = Console(soft_wrap=True, highlight=False)
_STYLES = {" is ready": "green", "starting it again": "yellow", "still not ready": "yellow"}


def say(line: str) -> None:
    """Print a line, in colour on a terminal."""
    style = next((style for words, style in _STYLES.items() if words in line), "")
    with suppress(OSError):  # the terminal may be gone; that is no reason to end anything in disorder
        _console.print(Text(line, style=style))
