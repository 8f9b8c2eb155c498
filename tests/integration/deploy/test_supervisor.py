"""The supervisor with small programs in place of the real ones."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from deploy.local.keeper import FIRST_DELAY
from deploy.local.program import NotReadyError, Program, SetupError
from deploy.local.supervisor import Supervisor

_WELL_BEHAVED = """
import os, pathlib, signal, sys
def end(*_):
    with open("ended", "a") as ended: print(sys.argv[1], file=ended)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + ".ready").write_text(str(os.getpid()))
while True: signal.pause()
"""
_DEAF = _WELL_BEHAVED.replace("def end(*_):", "def end(*_):\n    return")
_WITH_A_CHILD = "import subprocess; subprocess.Popen(['sleep', '600'])\n" + _WELL_BEHAVED
_STILLBORN = "import sys; sys.exit('GEMINI_MODEL names no model')"


class Run:
    """A supervised set of programs, and what was said and recorded about them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.pids: dict[str, int] = {}
        self.stop = asyncio.Event()
        self.announced = asyncio.Event()

    def program(self, name: str, code: str = _WELL_BEHAVED, grace: float = 5.0, after: tuple[str, ...] = ()) -> Program:
        ready = self.folder / f"{name}.ready"

        def check() -> None:
            if not (ready.exists() and lives(int(ready.read_text() or "0"))):
                raise NotReadyError("it has not said so")

        script = self.folder / f"{name}.py"
        script.write_text(code)
        command = ("/bin/sh", "-c", f"cd '{self.folder}' && exec '{sys.executable}' {script.name} {name}")
        return Program(
            name=name, command=command, log=self.folder / f"{name}.log", check=check, grace=grace, after=after
        )

    async def supervise(self, *programs: Program, first_delay: float = FIRST_DELAY) -> None:
        def record(name: str, pid: int, _: int | None) -> None:
            self.pids[name] = pid

        supervisor = Supervisor(programs, record, self.lines.append, first_delay=first_delay)
        await supervisor.run(self.stop, self.announced.set)

    @asynccontextmanager
    async def running(self, *programs: Program, first_delay: float = FIRST_DELAY) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.supervise(*programs, first_delay=first_delay))
            await self.announced.wait()
            yield
            self.stop.set()

    def ended(self) -> list[str]:
        return (self.folder / "ended").read_text().split()

    def said(self, words: str) -> list[str]:
        return [line for line in self.lines if words in line]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_programs_start_when_those_they_need_are_ready_and_end_in_the_opposite_order(run: Run) -> None:
    async with run.running(run.program("nats"), run.program("mongo"), run.program("store", after=("nats", "mongo"))):
        assert len(run.said("is ready")) == 3
        assert run.lines[2].startswith("store is ready")
    assert run.ended() == ["store", "mongo", "nats"]
    assert not any(lives(pid) for pid in run.pids.values())


async def test_a_killed_program_is_started_again_and_said_so(run: Run) -> None:
    async with run.running(run.program("store")):
        first = run.pids["store"]
        psutil.Process(first).kill()
        await until(lambda: run.said("is ready again"))
        assert run.said("store was ended by SIGKILL; starting it again in 0.25 s")
        assert run.pids["store"] != first
    assert run.ended() == ["store"]


async def test_a_program_that_crashes_again_and_again_waits_longer_each_time(run: Run) -> None:
    async with run.running(run.program("store"), first_delay=0.02):
        for delay in ("0.02", "0.04", "0.08"):
            last = run.pids["store"]
            psutil.Process(last).kill()
            await until(lambda last=last: run.pids["store"] != last)  # type: ignore[misc]
            assert run.said(f"starting it again in {delay} s")


async def test_a_program_that_never_starts_ends_all_with_its_own_words(run: Run) -> None:
    with pytest.raises(SetupError, match=r"generator does not start: GEMINI_MODEL names no model .*generator\.log"):
        await run.supervise(
            run.program("nats"), run.program("generator", _STILLBORN, after=("nats",)), first_delay=0.02
        )
    assert run.ended() == ["nats"]
    assert not run.announced.is_set()


async def test_a_stop_before_all_is_ready_ends_what_has_started(run: Run) -> None:
    never_ready = run.program("store", _WELL_BEHAVED.replace(".ready", ".almost"), after=("nats",))
    async with asyncio.TaskGroup() as group:
        group.create_task(run.supervise(run.program("nats"), never_ready))
        await until((run.folder / "store.almost").exists)
        run.stop.set()
    assert run.ended() == ["store", "nats"]


async def test_a_stop_while_a_program_is_down_does_not_start_it_again(run: Run) -> None:
    async with run.running(run.program("store")):
        first = run.pids["store"]
        psutil.Process(first).kill()
        await until(lambda: run.said("starting it again"))
    assert run.pids["store"] == first


async def test_a_program_deaf_to_sigterm_is_killed_at_its_deadline(run: Run) -> None:
    async with run.running(run.program("mongo"), run.program("store", _DEAF, grace=0.1, after=("mongo",))):
        pass
    assert not any(lives(pid) for pid in run.pids.values())
    assert run.ended() == ["mongo"]


async def test_a_frozen_program_ends_too(run: Run) -> None:
    async with run.running(run.program("store")):
        psutil.Process(run.pids["store"]).suspend()
    assert run.ended() == ["store"]


@pytest.mark.parametrize("how", ["stop", "crash"])
async def test_what_a_program_had_started_ends_with_it(run: Run, how: str) -> None:
    async with run.running(run.program("store", _WITH_A_CHILD)):
        (grandchild,) = psutil.Process(run.pids["store"]).children()
        if how == "crash":
            psutil.Process(run.pids["store"]).kill()
            await until(lambda: not lives(grandchild.pid))
    await until(lambda: not lives(grandchild.pid))
