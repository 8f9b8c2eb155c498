"""`python -m services.store`."""

import asyncio
import sys

from pydantic import ValidationError

from services.common.without import without

with without("aiohttp", "cryptography", "python_multipart", "rich"):
    from services.common.complaint import last_words
    from services.common.connection import NotAllowed
    from services.common.durability import WeakDurability
    from services.common.topology import WeakTopology
    from services.common.web_server import PortTaken
    from services.store.app import run
    from services.store.database import UnfitDatabase
    from services.store.settings import StoreSettings

if __name__ == "__main__":
    try:
        asyncio.run(run(StoreSettings()))
    except (NotAllowed, PortTaken, UnfitDatabase, ValidationError, WeakDurability, WeakTopology) as error:
        sys.exit(last_words("store", error))
