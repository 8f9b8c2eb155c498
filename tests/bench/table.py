"""Results as a Markdown table."""

from collections.abc import Iterable

from tests.bench.contest import Result

HEAD = (
    "| work | size | unit | Storywire | peer | ratio (lowest to highest round) | bar | | besides (Storywire; peer) |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def table(results: Iterable[Result]) -> str:
    """All of them."""
    return "\n".join((HEAD, *(row for result in results for row in rows(result))))


def rows(result: Result) -> list[str]:
    """A row for each peer; one that names none where there is nobody to compare with."""
    return [_row(result, peer) for peer in result.peers] or [_lonely(result)]


def _row(result: Result, peer: str) -> str:
    lowest, highest = result.spread(peer)
    ratio = f"{result.ratio(peer):.2f} ({lowest:.2f} to {highest:.2f})"
    bar, verdict = _verdict(result) if peer == result.peers[0] else ("", "")
    notes = "; ".join(filter(None, (_notes(result.besides()), _notes(result.besides(peer)))))
    return _cells(result, f"{peer} {figure(result.value(peer))}", ratio, bar, verdict, notes)


def _lonely(result: Result) -> str:
    return _cells(result, "", "", "", "", _notes(result.besides()))


def _cells(result: Result, *further: str) -> str:
    work = result.work
    return " | ".join(("| " + work.what, work.size, work.unit, figure(result.value()), *further)) + " |"


def _verdict(result: Result) -> tuple[str, str]:
    if result.work.bar is None:
        return "", ""
    return str(result.work.bar), "met" if result.is_met else "**missed**"


def _notes(besides: dict[str, float]) -> str:
    return ", ".join(f"{name} {figure(value)}" for name, value in besides.items())


def figure(value: float) -> str:
    """Three digits that count, and no more behind the point than that takes."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
