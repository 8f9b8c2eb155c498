"""What `storywire up` tells the person at the terminal: one line for each thing that happens."""

import os
from contextlib import suppress

import typer

_COLOURS = {" is ready": "green", "starting it again": "yellow", "still not ready": "yellow"}


def say(line: str) -> None:
    """Print a line, in colour on a terminal."""
    colour = next((colour for words, colour in _COLOURS.items() if words in line), None)
    with suppress(OSError):  # the terminal may be gone; that is no reason to end anything in disorder
        typer.secho(line, fg=colour, color=False if os.environ.get("NO_COLOR") else None)
