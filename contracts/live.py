"""Following the text while it is being written. Pure: what a client does with deltas, whatever order they come in."""

from collections.abc import Sequence

from contracts.events import ProcessingDelta
from contracts.socket import LiveText


class DeltaGap(ValueError):
    """A delta is missing: join again, and the ack brings the text so far."""


def begin(live: LiveText | None, attempt: int) -> LiveText:
    """What is shown after the start of an attempt: a higher one retracts the text of those below."""
    return LiveText(attempt=attempt, next_index=0, text="") if live is None or live.attempt < attempt else live


def follow(live: LiveText | None, delta: ProcessingDelta) -> LiveText | None:
    """What is shown after a delta. One that was had before, or of an attempt retracted, changes nothing. Raises DeltaGap."""
    if live is None or delta.attempt < live.attempt:
        return live
    live = begin(live, delta.attempt)
    if delta.index < live.next_index:
        return live
    if delta.index > live.next_index:
        raise DeltaGap(f"delta {delta.index} came where {live.next_index} follows")
    return LiveText(attempt=live.attempt, next_index=live.next_index + 1, text=live.text + delta.text)


def fold(deltas: Sequence[ProcessingDelta], attempt: int) -> LiveText | None:
    """The text so far of `attempt`, or of the latest one after it; None when its beginning is not to be had any more."""
    latest = max([attempt, *(delta.attempt for delta in deltas)])
    texts: list[str] = []
    for delta in deltas:
        if delta.attempt == latest and delta.index > len(texts):
            return None
        if delta.attempt == latest and delta.index == len(texts):
            texts.append(delta.text)
    return LiveText(attempt=latest, next_index=len(texts), text="".join(texts))
