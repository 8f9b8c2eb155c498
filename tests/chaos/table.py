"""What a run came to, for people."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.records import Record
from tests.chaos.run import Outcome

_SHOWN = 2  # violations of each check


def table(outcome: Outcome) -> str:
    """A Markdown table."""
    rows = list(_rows(outcome))
    width = max(len(name) for name, _ in rows)
    lines = [f"| {name:<{width}} | {value} |" for name, value in rows]
    return "\n".join([f"| {'':<{width}} | |", f"|{'-' * (width + 2)}|---|", *lines])


def _rows(outcome: Outcome) -> Iterator[tuple[str, str]]:
    settings, evidence, ledger = outcome.settings, outcome.evidence, outcome.evidence.ledger
    asked = [one for one in ledger.submitted.values() if one.tried]
    sure = [one for one in asked if one.ids]
    titles = {asked.title for asked in evidence.assignments().values()}
    unknown = [one.assignment.title in titles for one in asked if not one.ids]
    yield "seed", str(settings.seed)
    yield "storm", f"{outcome.seconds['storm']:.0f} s"
    yield "stories asked for", str(len(asked))
    yield "acknowledged", str(len(sure))
    yield "unknown", f"{len(unknown)}, of which {sum(unknown)} exist"
    yield "kill -9", f"{outcome.kills} ({_listed(outcome.troubles, 'kill ')})"
    yield "frozen", _listed(outcome.troubles, "freeze ")
    others = {name: count for name, count in outcome.troubles.items() if name.split()[0] not in ("kill", "freeze")}
    yield "connections cut, deliveries stolen and rewound", _listed(others)
    yield "ended by themselves", _listed(outcome.ended) or "none"
    yield "events", str(sum(map(len, evidence.stream.values())))
    kinds = Counter(record.kind for records in evidence.stream.values() for record in records)
    yield "of which", _listed({kind: kinds[kind] for kind in sorted(kinds)})
    codes = Counter(
        record.fields["code"] for found in evidence.stream.values() for record in found if "error" in record.kind
    )
    yield "deleted", str(len(evidence.graves))
    yield "errors", _listed(codes) or "none"
    yield "stories with several attempts", str(sum(_attempts(records) > 1 for records in evidence.stream.values()))
    yield "cancel and retry", "on" if outcome.commands else "off: the gateway has none"
    yield "live text", "on" if ledger.live else "off: the gateway sends none"
    yield "clients", f"{len(ledger.sights)} views, {_listed(ledger.counts)}"
    yield (
        "ready, settled, folded again",
        ", ".join(f"{outcome.seconds.get(name, float('nan')):.1f} s" for name in ("all ready", "settled", "refold")),
    )
    yield "violations", _listed(Counter(violation.check for violation in outcome.violations)) or "0"


def _attempts(records: list[Record]) -> int:
    return sum(record.kind == "processing.start" for record in records)


def _listed(counts: dict[str, int] | Counter[str], prefix: str = "") -> str:
    return ", ".join(
        f"{name.removeprefix(prefix)} {count}" for name, count in sorted(counts.items()) if name.startswith(prefix)
    )


def complaint(outcome: Outcome) -> str:
    """Everything that somebody needs who wants to know why."""
    found = outcome.violations
    checks = dict.fromkeys(violation.check for violation in found)
    shown = [one for check in checks for one in [each for each in found if each.check == check][:_SHOWN]]
    listed = "\n".join(map(str, shown))
    more = f"\n... and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
    return (
        f"seed {outcome.settings.seed}: {len(found)} violations\n{listed}{more}\n"
        f"logs, and both sides of these stories: {outcome.logs}"
    )
