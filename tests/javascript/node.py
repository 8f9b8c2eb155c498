"""The real node, from its wheel, with the official clients of this folder's package.json."""

import asyncio
from pathlib import Path

from deploy.local import node

_FOLDER = Path(__file__).parent
PACKAGES = _FOLDER / "node_modules"


def installed_node() -> Path:
    """The binary, once node_modules holds what the lock pins. Touches neither network nor files when it does already."""
    asyncio.run(node.install(_FOLDER))
    return node.NODE
