"""The HTTP API by its own document: what it allows and what it does not, made up by schemathesis."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import Case, GenerationMode

import contracts
from tests import tokens
from tests.fuzz.evidence import Evidence

_DOCUMENT = Path(contracts.__path__[0]) / "schemas" / "openapi.json"
_ALLOWED_WITHOUT_DOCUMENT = (400, 404, 405)  # what is no longer the path, or no HTTP


def fuzz(evidence: Evidence, examples: int, seed: int) -> None:
    """So many cases for every operation, half of them against the document."""
    schema: Any = schemathesis.openapi.from_path(str(_DOCUMENT))
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.POSITIVE or operation.query or operation.body or operation.path_parameters:
                _fuzz_one(evidence, operation, mode, examples // 2, seed)


def _fuzz_one(evidence: Evidence, operation: Any, mode: GenerationMode, examples: int, seed: int) -> None:
    chosen = settings(
        max_examples=max(1, examples),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @seeded(seed)
    @chosen
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case[Any]) -> None:
        _ask(evidence, operation, case)

    one()


def _ask(evidence: Evidence, operation: Any, case: Case[Any]) -> None:
    evidence.count("HTTP")
    url = f"http://127.0.0.1:{evidence.house.port}"
    # Whoever signs out is nobody any more: that has to be somebody else each time.
    user = f"guest {evidence.cases['HTTP']}" if operation.label == "DELETE /api/session" else tokens.USER
    answer = case.call(base_url=url, headers=tokens.bearer(tokens.token(user)), timeout=30)
    if answer.status_code == 202 and operation.label == "POST /api/stories":
        evidence.accepted.add(answer.json()["storyId"])
    documented = {int(status) for status in operation.definition.raw["responses"]} | set(_ALLOWED_WITHOUT_DOCUMENT)
    if answer.status_code >= 500 or answer.status_code not in documented:
        evidence.broken.append(
            f"{operation.label}: {answer.status_code} {answer.text[:200]} for {case.as_curl_command()[:500]}"
        )
