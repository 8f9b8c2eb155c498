"""What makes no sense is refused before anything is reached."""

import pytest
import typer

from deploy.commands.rebuild import rebuild
from deploy.commands.replay import replay


@pytest.mark.parametrize("prefix", ["story", "write", "live", "live.again", ""])
def test_a_replay_goes_to_no_place_of_live_events_unless_it_is_told_to(prefix: str) -> None:
    with pytest.raises(typer.BadParameter, match="where live events are"):
        replay(prefix=prefix)


def test_a_rebuild_goes_either_back_or_away() -> None:
    with pytest.raises(typer.BadParameter, match="--rollback or --abandon"):
        rebuild(rollback=True, abandon=True)


def test_a_projection_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(typer.BadParameter, match="no projection authors: stories, activity"):
        rebuild("authors")
