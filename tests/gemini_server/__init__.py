"""A local server that speaks Gemini's REST wire: `python -m tests.gemini_server --port N`, then GEMINI_ENDPOINT.

A call's model names what happens: `gemini-...` writes a story, `scenario-<name>` does what `scenarios.py` says.
"""

from tests.gemini_server.running import GeminiServer

__all__ = ["GeminiServer"]
