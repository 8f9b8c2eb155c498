"""What the soak has found, for a person and for docs/reliability.md."""

from tests.soak.inventory import Inventory
from tests.soak.visitors import Visitors


def table(stories: int, took: float, visitors: Visitors, before: Inventory, after: Inventory) -> str:
    """The figures, as Markdown."""
    lines = [
        f"{stories} stories, {visitors.watched} viewers to the end, {visitors.cut_off} cut off; {took:.0f} s after the warm-up",
        "",
        "| process | RSS before, MiB | after | handles before | after |",
        "|---|---|---|---|---|",
    ]
    for name in before.memory:
        memory, handles = (before.memory[name], after.memory[name]), (before.handles[name], after.handles[name])
        lines.append(f"| {name} | {memory[0]:.1f} | {memory[1]:.1f} | {handles[0]} | {handles[1]} |")
    lines += [
        "",
        f"NATS subscriptions before: {dict(before.subscriptions)}",
        f"NATS subscriptions after:  {dict(after.subscriptions)}",
        f"JetStream consumers before: {', '.join(before.consumers)}",
        f"JetStream consumers after:  {', '.join(after.consumers)}",
        f"live text held: {before.live_bytes} bytes before, {after.live_bytes} after (at most 1 h, at most 1 GiB)",
    ]
    return "\n".join(lines) + "\n"
