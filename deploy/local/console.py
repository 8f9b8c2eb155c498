"""What `storywire up` tells the person at the terminal: one line for each thing that happens."""

import os
import sys
from contextlib import suppress

_GREEN, _YELLOW = 32, 33
_COLOURS = {" is ready": _GREEN, "starting it again": _YELLOW, "still not ready": _YELLOW}


def say(line: str) -> None:
    """Print a line, in colour on a terminal."""
    colour = next((colour for words, colour in _COLOURS.items() if words in line), None)
    if colour is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        line = f"\x1b[{colour}m{line}\x1b[0m"
    with suppress(OSError):  # the terminal may be gone; that is no reason to end anything in disorder
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
