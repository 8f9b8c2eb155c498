import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.subjects import NAMESPACE
from services.gateway.packets import DEEPEST, Said, is_frame, read

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.text(), st.lists(values, max_size=3), st.none() | st.integers(min_value=0, max_value=999_999_999))
def test_every_event_of_a_client_is_read(name: str, arguments: list[object], number: int | None) -> None:
    packet = f"2{NAMESPACE},{'' if number is None else number}{json.dumps([name, *arguments])}"
    assert read(packet) == Said("2", number)
    assert is_frame("4" + packet, upgrading=False)


@pytest.mark.parametrize(
    ("packet", "kind"),
    [
        (f"0{NAMESPACE},", "0"),
        (f"0{NAMESPACE}", "0"),
        (f'0{NAMESPACE},{{"token":"x"}}', "0"),
        (f"1{NAMESPACE},", "1"),
        ("0", "0"),
        ("0/nowhere,", "0"),
    ],
)
def test_so_is_what_opens_and_ends_a_namespace(packet: str, kind: str) -> None:
    assert read(packet) == Said(kind, None)


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "2",
        '2["story:join"]',
        f"2{NAMESPACE}",
        f"2{NAMESPACE},",
        f"2{NAMESPACE},[]",
        f"2{NAMESPACE},{{}}",
        f"2{NAMESPACE},[1]",
        f"2{NAMESPACE},[null]",
        f"2{NAMESPACE},no JSON",
        f"2{NAMESPACE},7",
        f'2{NAMESPACE},9999999999["a"]',
        f'2{NAMESPACE},²["a"]',
        f"2{NAMESPACE},[" + "[" * 20_000,
        f'2{NAMESPACE},["a",' + "[" * DEEPEST + "]" * DEEPEST + "]",
        f'2{NAMESPACE},["a",NaN',
        f"0{NAMESPACE},no JSON",
        f"1{NAMESPACE},[]",
        f'3{NAMESPACE},1["an ack"]',
        f'51-{NAMESPACE},["a",{{"_placeholder":true,"num":0}}]',
        '2/other,["a"]',
        b"\0\1",
        None,
        {"a": 1},
    ],
    ids=lambda packet: str(packet)[:30],
)
def test_nothing_else_is(packet: object) -> None:
    assert read(packet) is None


@pytest.mark.parametrize("frame", ["1", "3", f"40{NAMESPACE},", "42/stories,[]"])
def test_these_are_frames_of_a_client(frame: str) -> None:
    assert is_frame(frame, upgrading=False)
    assert not is_frame(frame, upgrading=True)


@pytest.mark.parametrize("frame", ["2probe", "5"])
def test_these_are_while_it_upgrades(frame: str) -> None:
    assert is_frame(frame, upgrading=True)
    assert not is_frame(frame, upgrading=False)


@given(st.text() | st.binary() | st.none())
def test_whatever_it_is_it_is_told_apart(anything: object) -> None:
    read(anything)
    is_frame(anything, upgrading=False)


@pytest.mark.parametrize("frame", ["", "0", "2", "4", "45", "46", "4[", "6", "9", "x", "bAAEC", "٣", b"4", None])
def test_these_never_are(frame: object) -> None:
    assert not is_frame(frame, upgrading=False)
    assert not is_frame(frame, upgrading=True)
