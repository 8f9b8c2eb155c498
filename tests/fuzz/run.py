"""One run: everything is sent, then everything is looked at."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import http_cases, socket_cases
from tests.fuzz.evidence import Evidence
from tests.integration.outages.house import House

_OPERATIONS = 13
_FAST = {"EVENTS_PER_SECOND": "100000", "GUESTS_PER_MINUTE": "1000000", "SOCKETS_PER_USER": "1000"}


@dataclass(frozen=True)
class Outcome:
    """What a run came to. Memory is the gateway's, in MiB: after the first tenth of the cases, and after all."""

    cases: dict[str, int]
    broken: list[str]
    complaints: list[str]
    strangers: list[str]
    memory: tuple[float, float]

    def __str__(self) -> str:
        before, after = self.memory
        rows = {
            "cases": f"{sum(self.cases.values())} {self.cases}",
            "answered as it may not be": len(self.broken),
            "errors in the log": len(self.complaints),
            "events of what was refused": len(self.strangers),
            "memory": f"{before:.0f} MiB after the first tenth, {after:.0f} MiB after all",
        }
        table = "\n".join(f"{name:<28}{value}" for name, value in rows.items())
        return "\n".join([table, *self.broken[:10], *self.complaints[:10], *self.strangers[:10]])


def run(cases: int, seed: int) -> Outcome:
    """Half of the cases over HTTP, a quarter as events, a quarter as packets."""
    with tempfile.TemporaryDirectory(prefix="storywire-fuzz-") as folder:
        house = House(Path(folder) / "house", **_FAST)
        with house.running():
            evidence = Evidence(house)
            _send(evidence, cases // 10, seed)
            before = evidence.memory
            _send(evidence, cases - cases // 10, seed + 1)
            after = evidence.memory
            strangers = [f"{story}: {events}"[:300] for story, events in asyncio.run(evidence.strangers()).items()]
            return Outcome(evidence.cases, evidence.broken, evidence.complaints, strangers, (before, after))


def _send(evidence: Evidence, cases: int, seed: int) -> None:
    http_cases.fuzz(evidence, max(2, cases // 2 // _OPERATIONS), seed)
    socket_cases.fuzz_events(evidence, max(1, cases // 4), seed)
    socket_cases.fuzz_packets(evidence, max(1, cases // 8), seed, known=True)
    socket_cases.fuzz_packets(evidence, max(1, cases // 8), seed, known=False)
