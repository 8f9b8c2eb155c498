"""One run, from an empty folder to the verdict."""

import asyncio
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nats.aio.client import Client

from tests.chaos import projection_checks
from tests.chaos.assignment import Assignment, assignments
from tests.chaos.author import Author
from tests.chaos.chance import chance_of
from tests.chaos.connection import connected
from tests.chaos.deliveries import Deliveries
from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Ledger, Violation
from tests.chaos.records import drop_projections, live_stories, log_records, projections, stream_records
from tests.chaos.settings import Settings
from tests.chaos.stack import Stack
from tests.chaos.storm import Storm
from tests.chaos.troubles import plan
from tests.chaos.verdict import judge
from tests.chaos.viewer import Viewer

_ROOT = Path(__file__).parents[2]
_SAMPLE = 50  # stories that are read back through a gateway
_SWALLOWED = 0.08  # of all answers over HTTP
_UNKNOWN_STORY = "0" * 26


@dataclass
class Outcome:
    """What a run came to."""

    settings: Settings
    logs: Path
    evidence: Evidence
    violations: list[Violation]
    troubles: dict[str, int]
    ended: dict[str, int]
    seconds: dict[str, float] = field(default_factory=dict)
    commands: bool = False

    @property
    def kills(self) -> int:
        return sum(count for what, count in self.troubles.items() if what.startswith("kill"))


class Run:
    """The parts of a run, wired."""

    def __init__(self, settings: Settings, stack: Stack, client: Client) -> None:
        self._settings = settings
        self._stack = stack
        self._client = client
        self._ledger = Ledger()
        port, lifetime = stack.gateway_relay.port, (1.5, 12.0)
        self._viewers = [
            Viewer(f"viewer-{number}", port, self._ledger, chance_of(settings.seed, f"viewer {number}"), lifetime)
            for number in range(settings.viewers)
        ]
        watched = f"http://127.0.0.1:{port}"
        self._author = Author(stack.address, watched, self._ledger, self._viewers, chance_of(settings.seed, "author"))
        self._deliveries = Deliveries(client, settings.ack_wait, chance_of(settings.seed, "deliveries"))
        self._storm = Storm(stack, self._deliveries)
        self._seconds: dict[str, float] = {}
        self._asking = True

    async def whole(self, logs: Path) -> Outcome:
        """Warm up, storm, calm, verdict."""
        background = [asyncio.create_task(viewer.run()) for viewer in self._viewers]
        background.append(asyncio.create_task(self._deliveries.keep_short()))
        try:
            async with self._author:
                await self._warm_up()
                await self._storm_and_stories()
                evidence = await self._after_the_storm()
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
        violations = judge(evidence)
        return Outcome(
            self._settings,
            logs,
            evidence,
            violations,
            dict(self._storm.counts),
            dict(self._stack.ended),
            self._seconds,
            self._author.commands,
        )

    async def _warm_up(self) -> None:
        """One story in peace: it has to work, and it shows what the gateway can do."""
        reply = await self._author.post(f"/api/stories/{_UNKNOWN_STORY}/cancel")
        self._author.commands = reply.code == "story_not_found"
        for viewer in self._viewers:
            viewer.calm = True
        first = Assignment(
            -1, f"Chaos {self._settings.seed}: warm-up", None, "In peace.", "warm-up", self._settings.words
        )
        await self._author.tell(first)
        assert any(sight.ends for sight in self._ledger.sights), "not even a story in peace comes to its end"
        self._ledger.live = self._ledger.counts.pop("deltas offered", 0) > 0
        for viewer in self._viewers:
            viewer.calm = False

    async def _storm_and_stories(self) -> None:
        began = time.monotonic()
        telling = asyncio.create_task(self._tell_all(began))
        self._stack.author_relay.swallowing = _SWALLOWED
        await self._storm.rage(plan(self._settings), lambda: True)
        number = 1
        while self._asking and time.monotonic() - began < self._settings.longest:
            await self._storm.rage(plan(self._settings, number), lambda: self._asking)
            number += 1
        if self._asking:
            asked = len(self._ledger.submitted)
            self._ledger.violation("fell-short", "-", f"{self._settings.stories} stories", f"{asked}: raise --seconds")
        self._asking = False
        self._stack.author_relay.swallowing = 0
        self._seconds["storm"] = time.monotonic() - began
        for viewer in self._viewers:
            viewer.calm = True
        self._telling = telling

    async def _tell_all(self, began: float) -> None:
        """Ask for all stories, spread over the time, at most so many at once."""
        turns = asyncio.Semaphore(self._settings.in_flight)

        async def tell(assignment: Assignment) -> None:
            try:
                await self._author.tell(assignment)
            finally:
                turns.release()

        async with asyncio.TaskGroup() as group:
            for assignment in assignments(self._settings):
                due = began + assignment.number * self._settings.seconds * 0.9 / self._settings.stories
                await asyncio.sleep(due - time.monotonic())
                await turns.acquire()
                if not self._asking:
                    turns.release()
                    break
                group.create_task(tell(assignment))
            self._asking = False

    async def _after_the_storm(self) -> Evidence:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.calm):
                await asyncio.gather(*(self._stack.ready(name) for name in self._stack.servers))
                self._seconds["all ready"] = time.monotonic() - began
                await self._telling
                await self._settled()
        except TimeoutError:
            found = {name: why for name in self._stack.servers if (why := await self._stack.missing(name)) is not None}
            self._ledger.violation(
                "calm", "-", f"everything settled {self._settings.calm} s after the storm", f"not yet; unready: {found}"
            )
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        self._seconds["settled"] = time.monotonic() - began
        stream = await stream_records(self._client)
        with suppress(TimeoutError):  # Whoever has not seen everything by then is found by the verdict.
            async with asyncio.timeout(max(10, self._settings.calm - self._seconds["settled"])):
                while any(
                    not (s.released or s.gone) and s.whole and s.last < len(stream.get(s.story, ()))
                    for s in self._ledger.sights
                ):
                    await asyncio.sleep(0.1)
        url = self._stack.mongodb_url
        live = await live_stories(self._client)
        evidence = Evidence(self._ledger, stream, await log_records(url), await projections(url), live=live)
        await self._read_back(evidence)
        evidence.refolded = await self._refold(sum(map(len, stream.values())))
        return evidence

    async def _settled(self) -> None:
        """Return when every request and every event has been taken and acknowledged, at two looks."""
        quiet = 0
        while quiet < 2:
            idle = [await self._deliveries.is_idle(durable) for durable in ("generator", "store")]
            quiet = quiet + 1 if all(idle) else 0
            await asyncio.sleep(0.25)

    async def _read_back(self, evidence: Evidence) -> None:
        """A gateway tells what is stored."""
        stories = sorted(evidence.log)
        for story in chance_of(self._settings.seed, "sample").sample(stories, min(_SAMPLE, len(stories))):
            with suppress(ValueError):  # A log that cannot be folded is another check's business.
                expected = projection_checks.folded(evidence.log[story])
                found = await self._author.get(f"/api/stories/{story}")
                if found is None or found != projection_checks.body(evidence.log[story]):
                    self._ledger.violation("gateway-state", story, expected, found)

        for story in evidence.graves:
            if (found := await self._author.get(f"/api/stories/{story}")) is not None:
                self._ledger.violation("erase-left", story, "nothing to read", found)

    async def _refold(self, events: int) -> dict[str, dict[str, object]]:
        """Throw the projection away and have all events delivered again."""
        began = time.monotonic()
        stores = [name for name in self._stack.servers if name.startswith("store")]
        for name in stores:
            self._stack.down.add(name)
            self._stack.servers[name].stop()
        await drop_projections(self._stack.mongodb_url)
        await self._deliveries.drop("store")
        for name in stores:
            self._stack.start(name)
        patience = self._settings.calm + events / 200
        try:
            async with asyncio.timeout(patience):
                await asyncio.gather(*map(self._stack.ready, stores))
                await self._settled()
        except TimeoutError:
            self._ledger.violation("projection-refold", "-", f"folded again within {patience:.0f} s", "not yet")
        self._seconds["refold"] = time.monotonic() - began
        return await projections(self._stack.mongodb_url)


async def run(settings: Settings) -> Outcome:
    """Run it all. What is kept of a run that held is the table; of one that did not, the logs and both sides."""
    logs = _ROOT / ".test-logs" / f"chaos-{settings.seed}-{time.strftime('%H%M%S')}"
    logs.mkdir(parents=True)
    # A mongod takes some hundred megabytes, which nobody wants to keep.
    with tempfile.TemporaryDirectory(prefix="storywire-chaos-") as folder:
        async with Stack(settings, Path(folder), logs).running() as stack, connected(stack.nats_url) as client:
            outcome = await Run(settings, stack, client).whole(logs)
    if not outcome.violations:
        shutil.rmtree(logs)
    else:
        outcome.evidence.keep(logs / "stories", [violation.story for violation in outcome.violations])
    return outcome
