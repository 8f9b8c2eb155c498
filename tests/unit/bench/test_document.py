import pytest

from tests.bench.document import replaced


def test_a_run_takes_the_place_of_the_one_before() -> None:
    text = "above\n<!-- make bench -->\nold\n<!-- /make bench -->\nbelow\n"
    assert replaced(text, "new\n") == "above\n<!-- make bench -->\nnew\n<!-- /make bench -->\nbelow\n"


def test_a_page_without_its_marks_is_left_alone() -> None:
    with pytest.raises(AssertionError, match="marks"):
        replaced("above\nbelow\n", "new\n")
