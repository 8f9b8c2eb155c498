"""A command is killed where its own bar says it is."""

import sys
from pathlib import Path

from tests.replay.killed import At, killed, standing

WORK = """
import sys, time
from deploy.commands.bar import progress
for name in ("checking", "folding"):
    with progress(name, 1_000 if name == "folding" else None) as tell:
        for _ in range(10):
            tell(100)
            time.sleep(float(sys.argv[1]))
"""


async def test_it_is_killed_when_its_bar_stands_there() -> None:
    stood = await killed(Path(sys.executable), {}, At("folding", 500), "-c", WORK, 0.1)
    assert stood is not None
    assert 500 <= stood < 1_000


async def test_that_it_ended_before_is_told() -> None:
    assert await killed(Path(sys.executable), {}, At("folding", 1_001), "-c", WORK, 0) is None


def test_the_last_place_of_the_bar_that_was_asked_for_is_read() -> None:
    shown = (
        "checking ━━ 900/? 10/s\r\x1b[2Kfolding \x1b[38;5;237m━━╺\x1b[0m  20/1000 7/s\r\x1b[2Kfolding ━━╺ 400/1000 7/s"
    )
    assert standing(shown, "folding") == 400
    assert standing(shown, "checking") == 900
    assert standing(shown, "the log") == 0
