"""`python -m services.generator`."""

import asyncio
import sys

from pydantic import ValidationError

from services.common.without import without

with without("aiohttp", "python_multipart", "rich"):
    from services.common.complaint import last_words
    from services.common.connection import NotAllowed
    from services.common.durability import WeakDurability
    from services.common.topology import WeakTopology
    from services.common.web_server import PortTaken
    from services.generator.app import run
    from services.generator.models.choice import ModelNotReadyError
    from services.generator.settings import GeneratorSettings

if __name__ == "__main__":
    try:
        asyncio.run(run(GeneratorSettings()))
    except (ModelNotReadyError, NotAllowed, PortTaken, ValidationError, WeakDurability, WeakTopology) as error:
        sys.exit(last_words("generator", error))
