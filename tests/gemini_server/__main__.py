import argparse

import uvicorn

from tests.gemini_server.app import Gemini

parser = argparse.ArgumentParser(
    prog="python -m tests.gemini_server", description="A local server of Gemini's REST wire."
)
parser.add_argument("--port", type=int, default=8080)
parser.add_argument("--pace", type=float, default=0.05, help="seconds before each piece of text")
options = parser.parse_args()
print(f"GEMINI_ENDPOINT=http://127.0.0.1:{options.port} (any key; models gemini-* and scenario-*)")  # noqa: T201
uvicorn.run(Gemini(options.pace).app, port=options.port, ws="none", log_level="warning", timeout_graceful_shutdown=1)
