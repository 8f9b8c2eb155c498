"""`python -m services.gateway`"""

import asyncio
import resource
import sys

import uvloop
from pydantic import ValidationError

from services.common.without import without

with without("aiohttp", "requests", "rich", "websocket"):
    from services.common.complaint import last_words
    from services.common.connection import NotAllowed
    from services.common.durability import WeakDurability
    from services.common.topology import WeakTopology
    from services.common.web_server import PortTaken
    from services.gateway.app import run
    from services.gateway.key import NoKey
    from services.gateway.settings import GatewaySettings

if __name__ == "__main__":
    try:
        # Each socket is a file to the system, and the 1,024 that it commonly allows are soon taken.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(GatewaySettings()))
    except (NoKey, NotAllowed, PortTaken, WeakDurability, WeakTopology, ValidationError) as error:
        sys.exit(last_words("gateway", error))
