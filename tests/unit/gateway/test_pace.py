from services.gateway.pace import Pace


def test_so_many_come_at_once_and_then_one_after_the_other() -> None:
    time = 100.0
    pace = Pace(10, lambda: time)
    assert [pace.early() for _ in range(20)] == [0.0] * 20
    assert 0 < pace.early() <= 0.1
    time += 0.1
    assert pace.early() == 0
    assert pace.early() > 0


def test_who_was_quiet_for_a_year_may_send_no_more_at_once_than_before() -> None:
    time = 100.0
    pace = Pace(10, lambda: time)
    pace.early()
    time += 365 * 86_400
    assert [pace.early() > 0 for _ in range(21)] == [False] * 20 + [True]
