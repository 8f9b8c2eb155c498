"""What programs outside depend on by name, error codes and metrics, stands in the docs: every one, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, files

# Which argument of a call is the code.
_CODE_AT = {"Refused": 1, "invalid": 0, "_failed": 0, "Failure": 2}
# Codes that are put together, by the expression that does it.
_PUT_TOGETHER = {
    "f'{part.name}_not_utf8'": {"title_not_utf8", "prompt_not_utf8"},
    "f'{name}_too_long'": {"title_too_long", "prompt_too_long"},
    "status.name.lower()": {"not_found", "method_not_allowed"},
}
# How Prometheus shows a metric's name.
_SHOWN = {"Counter": "_total", "CounterMetricFamily": "_total", "Gauge": "", "Histogram": ""}


def _nodes(folder: str) -> Iterator[ast.AST]:
    for path in files(folder):
        if path.suffix == ".py":
            yield from ast.walk(ast.parse((ROOT / path).read_text()))


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _code_of(call: ast.Call) -> ast.expr | None:
    at = _CODE_AT.get(_called(call))
    if at is not None and len(call.args) > at:
        return call.args[at]
    return next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)


def _codes(folder: str) -> set[str]:
    found = set[str]()
    for node in _nodes(folder):
        if isinstance(node, ast.ClassDef) and node.name == "ModelErrorCode":
            found |= {ast.literal_eval(each.value) for each in node.body if isinstance(each, ast.Assign)}
        code = _code_of(node) if isinstance(node, ast.Call) else None
        if isinstance(code, ast.Constant):
            found.add(str(code.value))
        elif isinstance(code, ast.JoinedStr | ast.Call):
            found |= _PUT_TOGETHER[ast.unparse(code)]
    return found


def _metrics() -> set[str]:
    found = set[str]()
    for node in _nodes("services"):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(name := node.args[0], ast.Constant):
            continue
        if isinstance(name.value, str) and name.value.startswith("storywire_"):
            given = [*node.args[2:], *(keyword.value for keyword in node.keywords if keyword.arg == "labels")]
            labels = "".join(f"{{{', '.join(ast.literal_eval(each))}}}" for each in given if isinstance(each, ast.List))
            found.add(f"{name.value}{_SHOWN[_called(node)]}{labels}")
    return found


def _listed(page: Path, heading: str) -> list[str]:
    """The first column of the table under a heading."""
    section = page.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_every_code_that_the_gateway_refuses_with_stands_in_its_table() -> None:
    assert sorted(_listed(ROOT / "docs/errors.md", "From the gateway")) == sorted(_codes("services/gateway"))


def test_every_code_that_a_story_fails_with_stands_in_its_table() -> None:
    assert sorted(_listed(ROOT / "docs/errors.md", "In `story:processing:error`")) == sorted(
        _codes("services/generator")
    )


def test_every_metric_stands_in_the_table() -> None:
    assert sorted(_listed(ROOT / "docs/operating.md", "Metrics")) == sorted(_metrics())
