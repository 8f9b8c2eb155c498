"""A history goes out in pieces that a slow client can take one at a time."""

from services.gateway.frames import frame
from services.gateway.parcel import Parcel, Said, parcels


def said(count: int, size: int) -> list[Said]:
    return [Said("processing.progress", number, frame(b"x" * size + b"%d" % number)) for number in range(count)]


def test_everything_is_in_some_piece_in_order() -> None:
    history = said(1_000, 200)
    pieces = list(parcels(history))
    assert len(pieces) > 5
    assert [each for piece in pieces for each in piece.said] == history


def test_a_long_event_is_a_piece_of_its_own_and_many_short_ones_are_several() -> None:
    assert [len(piece.said) for piece in parcels(said(2, 900_000))] == [1, 1]
    assert max(len(piece.said) for piece in parcels(said(1_000, 1))) == 128


def test_nothing_makes_no_piece() -> None:
    assert list(parcels([])) == []


def test_a_piece_is_its_frames_one_behind_the_other() -> None:
    history = said(3, 10)
    assert Parcel(history).frames == b"".join(each.frame for each in history)
