import re

import pytest

from tests.bench.contest import OURS, Bar, Result, Sample, Work
from tests.bench.picture import picture, x


def _result(size: str, ours: float, bar: Bar | None = None, what: str = "5 viewers") -> Result:
    return Result(Work("fan-out", what, size, "µs", bar), {OURS: (Sample(ours),), "a & b": (Sample(10),)})


_SIZES = [_result("50 stories", 2), _result("200 stories", 4, Bar(0.5)), _result("400 stories", 9)]


def test_the_scale_is_logarithmic_around_the_bar() -> None:
    assert x(1) - x(0.1) == pytest.approx(x(10) - x(1))
    assert x(2) - x(1) == pytest.approx(x(1) - x(0.5))


def test_what_is_off_the_scale_stands_at_its_end() -> None:
    assert x(0.001) == x(0.1)
    assert x(1_000) == x(10)


def test_each_size_is_a_dot_where_its_share_of_the_bar_is() -> None:
    places = [float(place) for place in re.findall(r'<circle [^>]*cx="([\d.]+)"', picture(_SIZES))]
    assert places == pytest.approx([x(0.4), x(0.8), x(1.8)], abs=0.1)


def test_a_missed_bar_is_drawn_and_said() -> None:
    drawn = picture([_result("200 stories", 6, Bar(0.5))])
    assert "0.60 of a &amp; b, missed" in drawn
    assert '<circle class="missed"' in drawn


def test_a_work_without_a_bar_has_no_row() -> None:
    assert "9 viewers" not in picture([*_SIZES, _result("200 stories", 4, what="9 viewers")])
