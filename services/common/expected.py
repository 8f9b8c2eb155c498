"""Writing behind what one knows as the last: JetStream refuses a write when something else is."""

from collections.abc import Mapping

WRONG_LAST_SEQUENCE = 10071  # the code of its refusal


def expecting(subject: str, position: int) -> Mapping[str, str]:
    """Headers of a write that counts only if the last message on `subject`, wildcards welcome, stands at `position`; 0 is none."""
    return {
        "Nats-Expected-Last-Subject-Sequence": str(position),
        "Nats-Expected-Last-Subject-Sequence-Subject": subject,
    }
