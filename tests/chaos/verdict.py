"""All checks, by name."""

from collections.abc import Callable, Iterator
from typing import Final

from tests.chaos import client_checks, erasure_checks, log_checks, projection_checks, text_checks
from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Violation

Check = Callable[[Evidence], Iterator[Violation]]

CHECKS: Final[tuple[Check, ...]] = (
    log_checks.acknowledged,
    log_checks.requests,
    log_checks.sequences,
    log_checks.divergence,
    log_checks.lifecycle,
    log_checks.commands,
    text_checks.texts,
    text_checks.stored,
    projection_checks.projection,
    projection_checks.refold,
    client_checks.seen,
    client_checks.texts,
    erasure_checks.deletions,
    erasure_checks.graves,
)


def judge(evidence: Evidence) -> list[Violation]:
    """Everything that must not be: what was noted on the way, and what shows in the end."""
    return [*evidence.ledger.violations, *(found for check in CHECKS for found in check(evidence))]
