from typing import Any

import pytest

from services.store.replay.settled import EVERYTHING, Settled


@pytest.mark.parametrize(("epoch", "position", "covered"), [("2", 5, True), ("2", 6, False), ("1", 6, True)])
def test_what_is_at_rest_ends_with_the_position_itself_and_holds_all_earlier_epochs(
    epoch: str, position: int, covered: bool
) -> None:
    event: dict[str, Any] = {"epoch": epoch, "position": position}
    assert Settled("2", 5).covers(event) is covered
    assert EVERYTHING.covers(event)
