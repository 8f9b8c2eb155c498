"""A moment that a story does not have is told in a sentence that says what it has."""

from typing import Any

import pytest
import typer

from contracts.envelope import Envelope
from deploy.commands.show import _difference, _state, _timeline, show
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
    with pytest.raises(SystemExit) as ended:
        _state(RECORDED, moment)
    assert ended.value.code == 1
    assert said in capsys.readouterr().err


def test_the_timeline_tells_what_each_waited_for_the_one_before_and_what_caused_it() -> None:
    recorded, before = [], None
    for event in controls.finished_story():
        before = Envelope.of(event, f"id-{event.sequence}", "tests", before)
        recorded.append(Recorded(event, before, event.sequence, event.body()))
    first, *rest = _timeline(recorded, as_json=False)
    assert ("+0.000s" in first, "because of" in first) == (True, False)
    for sequence, line in enumerate(rest, start=2):
        assert f"+1.250s {recorded[sequence - 1].event.kind} " in line
        assert line.endswith(f"because of {sequence - 1}\n")


def test_a_difference_names_only_what_changed_and_steers_no_terminal() -> None:
    before = {"status": "requested", "title": "The Lamp"}
    after = {"status": "complete\x07", "title": "The Lamp"}
    assert _difference(before, after, as_json=False) == ["status: requested -> complete\\x07\n"]


@pytest.mark.parametrize("asked", [{"at": "1", "events": True}, {"events": True, "diff": ("1", "2")}])
def test_two_questions_at_once_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(typer.BadParameter, match="one of"):
        show(controls.STORY, **asked)


def test_at_the_very_time_of_an_event_it_has_happened() -> None:
    assert _state(RECORDED, "2026-01-31T09:30:02.500Z")["sequence"] == 2


def test_a_time_without_a_zone_is_utc() -> None:
    assert _state(RECORDED, "2026-01-31T09:30:02.500") == _state(RECORDED, "2026-01-31T10:30:02.500+01:00")
