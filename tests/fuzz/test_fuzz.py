import pytest

from tests.fuzz.run import run


@pytest.mark.timeout(300)
def test_whatever_is_sent_is_answered_as_documented_logged_as_no_error_and_written_only_if_accepted() -> None:
    outcome = run(cases=240, seed=1)
    assert (outcome.broken, outcome.complaints, outcome.strangers) == ([], [], []), str(outcome)
    assert sum(outcome.cases.values()) >= 200
