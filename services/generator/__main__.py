"""`python -m services.generator`"""

import asyncio

from services.generator.app import run
from services.generator.settings import GeneratorSettings

if __name__ == "__main__":
    asyncio.run(run(GeneratorSettings()))
