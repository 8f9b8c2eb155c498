"""Many objects at once, none of them in a circle: looking for circles among them costs more than making them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away while the body runs. Do not wait in it: everything else is kept away from it too."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
