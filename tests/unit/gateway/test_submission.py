import pytest

from services.gateway.form import Part
from services.gateway.refusal import Refused
from services.gateway.submission import Submission, submission


def submitted(**texts: bytes) -> Submission:
    parts = {"file": b"Once.", "title": b"The Lamp"} | texts
    return submission({name: Part(name, None, bytearray(text)) for name, text in parts.items()})


def named(filename: str | None) -> str:
    file = Part("file", filename, bytearray(b"Once."))
    return submission({"file": file, "title": Part("title", None, bytearray(b"x"))}).filename


def test_title_and_prompt_are_stripped_at_both_ends_only() -> None:
    handed_in = submitted(title=b" \t The  Lamp \r\n", prompt=b"\n a\r\nb \n")
    assert (handed_in.title, handed_in.prompt) == ("The  Lamp", "a\nb")


def test_characters_are_counted_not_bytes_and_not_what_is_stripped() -> None:
    handed_in = submitted(title=("💡" * 200 + " \n").encode(), prompt=("ä\r\n" * 2_000).encode())
    assert (len(handed_in.title), len(handed_in.prompt or "")) == (200, 3_999)
    with pytest.raises(Refused, match="200"):
        submitted(title=("💡" * 201).encode())


def test_the_file_is_kept_byte_for_byte() -> None:
    assert submitted(file=b"\xef\xbb\xbf a\r\n").content == b"\xef\xbb\xbf a\r\n"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ("C:\\Users\\ada\\notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("nö\ntes\u202e.txt", "nötes.txt"),
        ("a" * 300 + ".txt", "a" * 251 + ".txt"),
        ("", "untitled.txt"),
        ("..", ".."),
        ("/", "untitled.txt"),
        (None, "untitled.txt"),
    ],
)
def test_a_file_keeps_the_last_part_of_its_name(given: str | None, kept: str) -> None:
    assert named(given) == kept
