from tests.bench.latency import percentile


def test_a_percentile_is_what_so_many_do_not_exceed() -> None:
    taken = [1_000_000 * ms for ms in range(200, 0, -1)]
    assert percentile(taken, 50) == 100
    assert percentile(taken, 99) == 198


def test_a_percentile_of_one_is_that_one() -> None:
    assert percentile([7_000_000], 99) == 7
