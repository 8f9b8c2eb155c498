"""The tools over a log at size: each killed half-way and run again, its figures told, what has to hold looked at."""

import hashlib
import json
from pathlib import Path

from services.common.clock import new_id
from tests.replay import table
from tests.replay.killed import At, killed
from tests.replay.measured import STORYWIRE, Ran, run

_PROJECTIONS = ("stories", "activity")


class Proof:
    """One run of it all, on one database."""

    def __init__(self, folder: Path, environment: dict[str, str], events: int) -> None:
        self._folder = folder
        self._environment = environment
        self._events = events
        self.faults: list[str] = []

    async def seed(self) -> None:
        """Make up the log."""
        await self.ends_well("`seed-log`", "seed-log", "--events", self._events)

    async def at_rest(self) -> None:
        """What reads and copies the log, while nobody else is at work."""
        await self._verify("", "--offline")
        first, second = self._folder / "first.ndjson.gz", self._folder / "second.ndjson.gz"
        export = "export", "--offline", "-o"
        died = await self._killed(At("exporting", self._events // 2), *export, first)
        await self.ends_well(f"`export`, {died}", *export, first)
        copy = {**self._environment, "STORYWIRE_DATABASE": f"copy-{new_id()}"}
        await self._import(first, copy)
        await self.ends_well("`export` of the copy: the same bytes", *export, second, environment=copy)
        self.check("export | import | export is the same to the byte", holds=_digest(first) == _digest(second))
        await self.ends_well("`verify --offline` of the copy: no fault", "verify", "--offline", environment=copy)

    async def rebuild(self, when: str, half: int) -> None:
        """Every projection, killed when half the log is folded, then run again, which goes on."""
        for name in _PROJECTIONS:
            died = await self._killed(At(f"folding {name}", half), "rebuild", name, "--yes")
            ran = await self.ends_well(f"`rebuild {name}`{when}, {died}", "rebuild", name, "--yes", "--json")
            told = json.loads(ran.out or "{}")
            self.check(f"rebuild {name} went on where it was killed: {told}", holds=bool(told.get("resumed")))
            self.check(f"rebuild {name} swapped in what it built: {told}", holds=bool(told.get("swapped")))
            if when:  # there was something to compare with
                same = told.get("different") == 0 and told.get("oldDigest") == told.get("newDigest")
                self.check(f"the digests are equal: {told}", holds=same)

    async def afterwards(self) -> None:
        """The store is idle again."""
        await self._verify(", log and JetStream")
        await self.ends_well("`rebuild --rollback` of both", "rebuild", "--rollback")
        await self.ends_well("`verify` after it: no fault", "verify")

    async def ends_well(self, what: str, *arguments: object, environment: dict[str, str] | None = None) -> Ran:
        """A row of the table."""
        ran = await run(environment or self._environment, *arguments)
        table.row(what, ran)
        self.check(f"{what} ended well: {ran.code}, {ran.out[-300:]}{ran.error[-300:]}", holds=ran.code == 0)
        return ran

    def check(self, what: str, *, holds: bool) -> None:
        """Something that has to hold; said only when it does not."""
        if not holds:
            self.faults.append(what)

    async def _verify(self, what: str, *arguments: object) -> None:
        died = await self._killed(At("the log", self._events // 2), "verify", *arguments)
        options = "".join(f" {each}" for each in arguments)
        ran = await self.ends_well(f"`verify{options}`{what}, {died}: no fault", "verify", *arguments)
        self.check(f"verify walked the whole log: {ran.out}", holds=int((ran.out.split() or ["0"])[0]) >= self._events)

    async def _import(self, file: Path, copy: dict[str, str]) -> None:
        """Killed twice: half the events are in, then half of them are folded."""
        half = self._events // 2
        died = [await self._killed(At(bar, half), "import", file, environment=copy) for bar in ("importing", "folding")]
        what = f"`import` into an empty database, {' and '.join(died)}"
        ran = await self.ends_well(what, "import", file, environment=copy)
        self.check(f"everything had been there already: {ran.out}", holds=f"{self._events} were there" in ran.out)

    async def _killed(self, at: At, *arguments: object, environment: dict[str, str] | None = None) -> str:
        stood = await killed(STORYWIRE, environment or self._environment, at, *arguments)
        self.check(f"{arguments[0]} was killed {at}", holds=stood is not None)
        return f"after kill -9 at {stood:,} ({at.bar})" if stood is not None else "not killed in time"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
