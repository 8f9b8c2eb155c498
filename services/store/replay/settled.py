"""Up to where the log is at rest. What came after may still be on its way into it, and is nobody's fault."""

from dataclasses import dataclass

from nats.aio.client import Client

from contracts.streams import STORE, STORIES
from services.common.topology import epoch_of
from services.store.database import Document


@dataclass(frozen=True)
class Settled:
    """Everything up to `position` of `epoch`, and all of earlier epochs, has been kept, folded and acknowledged.

    Without an epoch that is simply everything: no store is at work.
    """

    epoch: str | None = None
    position: int = 0

    def covers(self, document: Document) -> bool:
        """Whether the event is one of those."""
        return bool(document["epoch"] != self.epoch or document["position"] <= self.position)


EVERYTHING = Settled()
PATIENCE = 30.0  # seconds for an answer: a tool would rather wait for a busy machine than begin anew


async def settled(client: Client) -> Settled:
    """As the stores' durable consumer has it. Raises nats' errors, NotFoundError before a store has ever run."""
    js = client.jetstream(timeout=PATIENCE)
    epoch = epoch_of(await js.stream_info(STORIES.name))
    floor = (await js.consumer_info(STORIES.name, STORE.durable)).ack_floor
    return Settled(epoch, floor.stream_seq if floor else 0)
