"""Whose request it is."""

from starlette.types import Scope

PUBLIC = "public"


def owner_of(scope: Scope) -> str:  # noqa: ARG001 - what accounts will be read from
    """The owner that an HTTP request, or the one that opened a socket, acts for. There are no accounts yet."""
    return PUBLIC
