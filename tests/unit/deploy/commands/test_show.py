"""A moment that a story does not have is told in a sentence that says what it has."""

import pytest
import typer

from deploy.commands.show import _state
from services.common.history import Recorded
from tests import controls

RECORDED = [
    Recorded(event, controls.envelope(event), event.sequence, event.body()) for event in controls.finished_story()
]


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("7", "the story has 6 events so far"),
        ("0", "the story was not there yet at 0: its first event is of 2026-01-31T09:30:01.250Z"),
        ("2026-01-31T09:30:01Z", "the story was not there yet"),
        ("soon", "'soon' is neither a sequence nor a time"),
    ],
)
def test_a_moment_that_is_none_of_the_storys_ends_it(
    moment: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        _state(RECORDED, moment)
    assert ended.value.exit_code == 1
    assert said in capsys.readouterr().err


def test_a_time_without_a_zone_is_utc() -> None:
    assert _state(RECORDED, "2026-01-31T09:30:02.500") == _state(RECORDED, "2026-01-31T10:30:02.500+01:00")
