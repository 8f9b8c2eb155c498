"""About a minute of it. `make chaos` runs about 27."""

import sys

import pytest

from tests.chaos.run import run
from tests.chaos.settings import Settings
from tests.chaos.table import complaint, table


@pytest.mark.timeout(240)
async def test_nothing_is_lost_wrong_or_twice_whatever_is_killed() -> None:
    outcome = await run(Settings(seed=1))
    sys.stdout.write(table(outcome))
    assert outcome.violations == [], complaint(outcome)
    assert outcome.kills >= 10
