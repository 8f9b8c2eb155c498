"""Subjects and Socket.IO names are built and taken apart in one place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, programs

_THE_PLACE = Path("contracts/subjects.py")
_SUBJECT = re.compile(r"(write\.|live\.)?story[.:]|(write|live|dead|requeue)\.|store\.query\.")


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text that the program works with, f-strings too, by line; docstrings are for people."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def _subjects(path: Path) -> list[str]:
    texts = _texts(ast.parse((ROOT / path).read_text()))
    return [f"{path}:{line} {text!r}" for line, text in texts if _SUBJECT.match(text)]


def test_no_other_file_spells_a_subject_or_a_socket_name() -> None:
    assert [found for path in programs() if path != _THE_PLACE for found in _subjects(path)] == []


def test_the_one_place_is_where_this_looks() -> None:
    assert _subjects(_THE_PLACE)
