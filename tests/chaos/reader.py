"""One who looks through the client library that is shipped: its caller, too, sees each event once and in order."""

import json
from contextlib import aclosing

from deploy.client import GatewayUnreachableError, StoryClient
from deploy.story_socket import RefusedError
from tests.chaos.ledger import Ledger, Sight, Sighting, digest


def canonical(payload: object) -> bytes:
    """A payload that has been parsed already, as bytes that can be compared."""
    return json.dumps(payload, sort_keys=True).encode()


async def read(address: str, sight: Sight, ledger: Ledger, patience: float) -> None:
    """Watch the story to its first end."""
    ledger.sights.append(sight)
    try:
        async with StoryClient(address, patience=patience) as client, aclosing(client.watch(sight.story)) as events:
            async for event in events:
                if "sequence" in event.data:
                    sight.seen.append(Sighting(event.sequence, event.name, digest(canonical(event.data))))
                    sight.ends += event.is_terminal
                    sight.text = event.data.get("generatedContent", sight.text)
    except (GatewayUnreachableError, RefusedError) as error:
        ledger.violation("library-gave-up", sight.story, "the story's end", repr(error))
