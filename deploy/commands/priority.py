"""The place of long commands: behind whoever writes and reads stories meanwhile."""

import os

_BEHIND = 10  # of 19 steps of niceness


def give_way() -> None:
    """Have this program take the CPU that others leave; on Linux, what threads it starts from now on."""
    os.nice(_BEHIND)
