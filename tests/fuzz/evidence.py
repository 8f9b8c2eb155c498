"""What may not happen, whatever is sent: an error in the log, memory that grows, an event that nobody asked for."""

from dataclasses import dataclass, field

import psutil

from contracts.events import Event, Requested
from tests.integration.outages.house import House

_ERRORS = ("Traceback", "error", "critical", "Exception", "never retrieved")
_NO_ERRORS = ("nats error",)  # of the first moments, before NATS is there


@dataclass
class Evidence:
    """Looks at a house from outside, and notes what was answered."""

    house: House
    cases: dict[str, int] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    """Ids of the stories that were accepted."""
    broken: list[str] = field(default_factory=list)
    """What was answered as it may not be."""

    @property
    def complaints(self) -> list[str]:
        """Lines of the gateway's log that tell of an error."""
        lines = self.house.log("gateway").splitlines()
        told = [line for line in lines if any(words in line for words in _ERRORS)]
        return [line[:300] for line in told if not any(words in line for words in _NO_ERRORS)]

    @property
    def memory(self) -> float:
        """Resident MiB of the gateway."""
        return float(psutil.Process(self.house.services["gateway"].pid).memory_info().rss) / 1024**2

    async def strangers(self) -> dict[str, list[Event]]:
        """What stands in the log and was not accepted: stories, and first events that are none."""
        stories = await self.house.log_of_record()
        return {
            story: events
            for story, events in stories.items()
            if story not in self.accepted or not isinstance(events[0], Requested)
        }

    def count(self, what: str) -> None:
        """One more case."""
        self.cases[what] = self.cases.get(what, 0) + 1
