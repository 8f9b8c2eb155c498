import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.download import disposition

_SHAPE = re.compile(r"attachment; filename=\"([ -!#-~]+)\.txt\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)\.txt")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_title_makes_a_well_formed_header(title: str) -> None:
    shape = _SHAPE.fullmatch(disposition(title))
    assert shape is not None, disposition(title)
    for name in (shape[1], unquote(shape[2])):
        assert not set(name) & set('/\\:*?"<>|\r\n\0')
        assert not name.startswith((".", " "))


@pytest.mark.parametrize(
    ("title", "plain", "full"),
    [
        ("The Lamp", "The Lamp", "The Lamp"),
        ("Das Lämpchen", "Das Lampchen", "Das Lämpchen"),
        ("灯", "story", "灯"),
        ("../../etc/passwd", "etc passwd", "etc passwd"),
        ("gpj.\u202eexe", "gpj. exe", "gpj. exe"),
        ("...", "story", "story"),
    ],
)
def test_the_file_is_called_as_the_title_as_far_as_that_is_safe(title: str, plain: str, full: str) -> None:
    shape = _SHAPE.fullmatch(disposition(title))
    assert shape is not None
    assert (shape[1], unquote(shape[2])) == (plain, full)
