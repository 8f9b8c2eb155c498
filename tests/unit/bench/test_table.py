from tests.bench.contest import OURS, Bar, Result, Sample, Work
from tests.bench.table import figure, rows, table

_WORK = Work("fan-out", "5 viewers a story", "200 stories", "µs", Bar(0.5))
_NODE = (Sample(10, {"core": 0.2}),)


def test_a_row_says_what_was_done_by_whom_and_whether_the_bar_is_met() -> None:
    assert rows(Result(_WORK, {OURS: (Sample(4, {"core": 0.1}),), "Node": _NODE})) == [
        "| 5 viewers a story | 200 stories | µs | 4.00 | Node 10.0 | 0.40 (0.40 to 0.40) | ≤ 0.5 | met | core 0.10; core 0.20 |"
    ]


def test_a_missed_bar_stands_out() -> None:
    assert "| ≤ 0.5 | **missed** |" in rows(Result(_WORK, {OURS: (Sample(6),), "Node": _NODE}))[0]


def test_the_bar_is_for_the_first_peer_alone() -> None:
    first, second = rows(Result(_WORK, {OURS: (Sample(4),), "Node": _NODE, "stock": (Sample(400),)}))
    assert "≤" in first
    assert "≤" not in second


def test_a_work_that_nobody_else_does_has_one_row() -> None:
    assert rows(Result(_WORK, {OURS: (Sample(4),)})) == [
        "| 5 viewers a story | 200 stories | µs | 4.00 |  |  |  |  |  |"
    ]


def test_every_row_has_as_many_cells_as_the_head() -> None:
    drawn = table([Result(_WORK, {OURS: (Sample(4),), "Node": _NODE}), Result(_WORK, {OURS: (Sample(4),)})])
    assert {line.count("|") for line in drawn.splitlines()} == {10}


def test_a_figure_keeps_the_digits_that_count() -> None:
    assert [figure(value) for value in (0.123, 12.34, 1234.5)] == ["0.12", "12.3", "1,234"]
