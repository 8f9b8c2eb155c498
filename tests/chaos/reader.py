"""One who looks through the client library that is shipped: its caller, too, sees each event once and in order, and text
that only grows until another attempt takes it back.
"""

import json
from contextlib import aclosing

from contracts.socket import LiveText
from deploy.client import GatewayUnreachableError, StoryClient
from deploy.story_socket import RefusedError
from tests import tokens
from tests.chaos.ledger import Ledger, Sight, Sighting, digest


def canonical(payload: object) -> bytes:
    """A payload that has been parsed already, as bytes that can be compared."""
    return json.dumps(payload, sort_keys=True).encode()


class Shown:
    """The live text as the library shows it."""

    def __init__(self, sight: Sight, ledger: Ledger) -> None:
        self._sight = sight
        self._ledger = ledger
        self._attempt = 0
        self._text = ""

    def show(self, live: LiveText) -> None:
        """More text, or the beginning of another attempt's."""
        self._ledger.counts["texts shown by the library"] += 1
        grew = live.attempt > self._attempt or (live.attempt == self._attempt and live.text.startswith(self._text))
        whole = self._sight.assignment.text(live.attempt)
        if not grew or not whole.startswith(live.text):
            shown = f"after attempt {self._attempt}: {self._text}"
            self._ledger.violation("library-live", self._sight.story, f"attempt {live.attempt}: {whole}, {shown}", live)
        self._attempt, self._text = live.attempt, live.text


async def read(address: str, sight: Sight, ledger: Ledger, patience: float) -> None:
    """Watch the story to its first end."""
    ledger.sights.append(sight)
    show = Shown(sight, ledger).show
    try:
        async with (
            StoryClient(address, token=tokens.token(), patience=patience) as client,
            aclosing(client.watch(sight.story, show=show)) as events,
        ):
            async for event in events:
                sight.seen.append(Sighting(event.sequence, event.name, digest(canonical(event.data))))
                sight.ends += event.is_terminal
                sight.text = event.data.get("generatedContent", sight.text)
    except (GatewayUnreachableError, RefusedError) as error:
        ledger.violation("library-gave-up", sight.story, "the story's end", repr(error))
