import pytest

from tests.bench.contest import OURS, Bar, Contest, Measure, Result, Sample, Work


def _result(bar: Bar | None, ours: tuple[float, ...], theirs: tuple[float, ...]) -> Result:
    samples = {OURS: [Sample(value) for value in ours], "Node": [Sample(value) for value in theirs]}
    return Result(Work("fan-out", "fan-out", "200 stories", "µs", bar), samples)


def test_the_ratio_is_that_of_the_medians() -> None:
    assert _result(None, (2, 100, 4), (8, 8, 1)).ratio("Node") == 0.5


def test_the_spread_is_that_of_single_rounds() -> None:
    assert _result(None, (2, 4, 4), (8, 8, 2)).spread("Node") == (0.25, 2)


def test_less_is_better_where_the_bar_is_a_most() -> None:
    assert _result(Bar(0.5), (4,), (8,)).is_met is True
    assert _result(Bar(0.5), (5,), (8,)).is_met is False


def test_more_is_better_where_the_bar_is_a_least() -> None:
    assert _result(Bar(0.4, more=True), (4,), (10,)).is_met is True
    assert _result(Bar(0.4, more=True), (3,), (10,)).is_met is False


def test_nothing_is_met_or_missed_without_a_bar() -> None:
    assert _result(None, (4,), (8,)).is_met is None


def test_what_a_ratio_takes_of_its_bar_is_one_at_the_bar_and_less_is_better() -> None:
    assert Bar(0.5).used(0.25) == 0.5
    assert Bar(0.5).used(1) == 2
    assert Bar(0.5, more=True).used(1) == 0.5
    assert Bar(0.5, more=True).used(0.25) == 2


def test_what_was_noted_besides_is_a_median_too() -> None:
    samples = [Sample(1, {"p50": 3}), Sample(1, {"p50": 9}), Sample(1, {"p50": 4})]
    assert Result(Work("latency", "latency", "5,000", "ms"), {OURS: samples}).besides() == {"p50": 4}


async def test_sides_take_turns() -> None:
    turns: list[str] = []
    contest = Contest(
        Work("fan-out", "fan-out", "200 stories", "µs"), {OURS: _taking(turns, OURS), "Node": _taking(turns, "Node")}
    )
    result = await contest.held()
    assert turns == [OURS, "Node"] * 4
    assert len(result.samples["Node"]) == 3


async def test_the_first_round_of_each_side_does_not_count() -> None:
    cold_then_warm = iter([90, 9, 9, 9])

    async def warm_up() -> Sample:
        return Sample(next(cold_then_warm))

    result = await Contest(Work("fan-out", "fan-out", "200 stories", "µs"), {OURS: warm_up}).held()
    assert [sample.value for sample in result.samples[OURS]] == [9, 9, 9]


async def test_a_side_that_falls_short_ends_the_contest() -> None:
    async def fall_short() -> Sample:
        raise AssertionError("499 of 500")

    with pytest.raises(AssertionError, match="499 of 500"):
        await Contest(Work("fan-out", "fan-out", "200 stories", "µs"), {OURS: fall_short}).held()


def _taking(turns: list[str], name: str) -> Measure:
    async def take() -> Sample:
        turns.append(name)
        return Sample(1)

    return take
