"""Old versions of events made new. One pure function per retired version; the chain runs until the newest."""

from collections.abc import Callable, Mapping
from typing import Any

Body = dict[str, Any]
Upcaster = Callable[[Body], Body]

# (kind, version it reads) -> the body as the next version has it. No version has been retired yet.
UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}


def upcast(kind: str, version: int, body: Body, upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS) -> Body:
    """Return `body` as the newest version of `kind` has it."""
    while (step := upcasters.get((kind, version))) is not None:
        body, version = step(body), version + 1
    return body
