"""Options that several commands have."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing, say what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Story = Annotated[str | None, typer.Option("--story", metavar="ID", help="Only this story.", show_default=False)]
_BOUND = "START, a POSITION of the newest epoch, EPOCH:POSITION, or a TIME such as 2026-01-31T09:30:00Z."
Since = Annotated[
    str | None, typer.Option("--from", metavar="BOUND", help=f"From here on: {_BOUND}", show_default=False)
]
Until = Annotated[str | None, typer.Option("--to", metavar="BOUND", help="Up to here, included.", show_default=False)]
Offline = Annotated[
    bool, typer.Option("--offline", help="Do not ask NATS: no store is at work, so whatever the log has is at rest.")
]
