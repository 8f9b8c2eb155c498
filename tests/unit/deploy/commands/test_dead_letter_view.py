import json

from deploy.commands.dead_letter_box import Numbered
from deploy.commands.dead_letter_view import line, page, printable


def letter(body: bytes) -> Numbered:
    return Numbered("store", "undecodable", "not JSON", "story.x", "first", 7, 3, "now", {"ce-id": "a"}, body, number=2)


def test_what_steers_a_terminal_is_spelled_out() -> None:
    assert printable("żółw 🐢\n\x1b[31m\x07\r") == "żółw 🐢\n\\x1b[31m\\x07\\r"


def test_a_page_shows_cause_headers_and_any_bytes() -> None:
    shown = page(letter(b'{"a"\n\xff\x00}'))
    assert shown.startswith("ID: 2\n")
    assert "cause: not JSON\n" in shown
    assert "\n\nce-id: a\n\n" in shown
    assert shown.endswith('{"a"\n\\xff\\x00}\n')


def test_a_line_is_one_object_without_the_body() -> None:
    shown = line(letter(b"\xff\n"))
    assert shown.count("\n") == 1
    known = json.loads(shown)
    assert (known["id"], known["bytes"], known["headers"]) == (2, 2, {"ce-id": "a"})
    assert "body" not in known
