"""Keeps a service from loading packages that its libraries load wherever they are installed, and that it never uses. ADR 23."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Inside the block an import of one of these packages fails, as if it were not installed; those loaded already stay.

    For libraries that try an import and do without where it fails. After the block everything can be imported again.
    Garbage is not looked for meanwhile: what imports make stays, and to look through it again and again takes a tenth of their time.
    """
    hidden = [package for package in packages if package not in sys.modules]
    for package in hidden:
        sys.modules[package] = None  # type: ignore[assignment]  # how Python is told that there is no such module
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()
        for package in hidden:
            del sys.modules[package]
