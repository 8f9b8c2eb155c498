"""`storywire up` with the real nats-server and mongod, and small stand-ins for the services."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local.ports import free_port

_SERVICE = """
import http.server, json, os, pathlib, signal, sys
class Probe(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pathlib.Path(os.environ["SEEN"], "NAME.json").write_text(json.dumps(dict(os.environ)))
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT_SETTING"])), Probe).serve_forever()
"""
# `up` itself asks the real store for the names of its collections: only what is run is stood in for.
_AND_THE_REAL_ONE = "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n"
_SETTINGS = {"store": "HEALTH_PORT", "generator": "HEALTH_PORT", "gateway": "GATEWAY_PORT", "web": "WEB_PORT"}
_NAMES = ["nats", "mongo", "store", "generator", "gateway"]


class Up:
    """A folder to run `storywire up` in, and the settings to run it with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        # Stand-ins that come before the real services on the import path.
        package = folder / "stand_ins" / "services"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(_AND_THE_REAL_ONE)
        for name, setting in _SETTINGS.items():
            (package / name).mkdir()
            (package / name / "__init__.py").write_text(_AND_THE_REAL_ONE)
            program = _SERVICE.replace("NAME", name).replace("PORT_SETTING", setting)
            (package / name / "__main__.py").write_text(program)
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"PYTHONPATH": str(package.parent), "SEEN": str(folder)}
        self.environment = {**inherited, **own, "GATEWAY_PORT": str(self.port), "WEB_PORT": "off"}
        self._started: list[subprocess.Popen[str]] = []

    def start(self, **settings: str) -> subprocess.Popen[str]:
        command = [str(Path(sys.executable).with_name("storywire")), "up"]
        child = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self.environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(child)
        return child

    def start_and_wait(self, **settings: str) -> tuple[subprocess.Popen[str], list[str]]:
        child, lines = self.start(**settings), list[str]()
        assert child.stdout
        while not lines or not lines[-1].startswith("Storywire is ready"):
            line = child.stdout.readline()
            assert line, f"it ended: {lines} {child.communicate()}"
            lines.append(line.rstrip("\n"))
        return child, lines

    def refused(self, **settings: str) -> str:
        """Start where it cannot; give the one line that it says."""
        child = self.start(**settings)
        out, error = child.communicate(timeout=30)
        assert child.returncode == 1
        assert out == ""
        (line,) = error.splitlines()
        assert line.startswith("storywire: ")
        return line

    @property
    def data(self) -> Path:
        return self.folder / ".storywire"

    def processes(self) -> dict[str, dict[str, int]]:
        running: dict[str, dict[str, int]] = json.loads((self.data / "run.json").read_text())["processes"]
        return running

    def seen_by(self, service: str) -> dict[str, str]:
        environment: dict[str, str] = json.loads((self.folder / f"{service}.json").read_text())
        return environment

    def end(self) -> None:
        for child in self._started:
            child.kill()
            child.communicate()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    run = Up(tmp_path)
    yield run
    run.end()
    shutil.rmtree(tmp_path)  # a mongod's files are large


@pytest.fixture
def own(nats_url: str, mongodb_url: str) -> dict[str, str]:
    """Servers of the user's own, where it does not matter whose they are."""
    return {"NATS_URL": nats_url, "MONGODB_URL": mongodb_url}


def _end(child: subprocess.Popen[str], how: signal.Signals) -> tuple[int, str, str]:
    child.send_signal(how)
    out, error = child.communicate(timeout=10)
    return child.returncode, out, error


def _gone(processes: dict[str, dict[str, int]]) -> bool:
    alive: list[Any] = [psutil.Process(each["pid"]) for each in processes.values() if psutil.pid_exists(each["pid"])]
    _, left = psutil.wait_procs(alive, timeout=5)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in left)


def test_all_five_run_each_says_so_and_all_end_with_ctrl_c(up: Up) -> None:
    child, lines = up.start_and_wait(STORYWIRE_MODEL="scripted")
    processes = up.processes()
    assert sorted(line.split()[0] for line in lines[:-1]) == sorted(_NAMES)
    assert lines[-1] == f"Storywire is ready at http://localhost:{up.port}"
    assert sorted(processes) == sorted(_NAMES)
    assert processes["gateway"]["port"] == up.port
    assert all(psutil.pid_exists(each["pid"]) for each in processes.values())
    for service in ("store", "generator", "gateway"):
        assert up.seen_by(service)["NATS_URL"].startswith(f"nats://{service}:")
        assert up.seen_by(service)["NATS_URL"].endswith(f"@127.0.0.1:{processes['nats']['port']}")
        assert up.seen_by(service)["STORYWIRE_MODEL"] == "scripted"
        assert ("MONGODB_URL" in up.seen_by(service)) == (service == "store")

    assert _end(child, signal.SIGINT) == (0, "Storywire has ended\n", "")
    assert _gone(processes)
    assert not (up.data / "run.json").exists()
    assert all((up.data / "logs" / f"{name}.log").exists() for name in _NAMES)


def test_the_page_runs_with_the_rest_and_the_gateway_lets_it_in(up: Up, own: dict[str, str]) -> None:
    web_port = free_port()
    child, lines = up.start_and_wait(WEB_PORT=str(web_port), **own)
    assert lines[-1] == f"Storywire is ready at http://localhost:{web_port} (its gateway: http://localhost:{up.port})"
    assert up.processes()["web"]["port"] == web_port
    assert up.seen_by("gateway")["CORS_ORIGINS"] == f"http://localhost:{web_port},http://127.0.0.1:{web_port}"
    assert up.seen_by("web")["GATEWAY_URL"] == f"http://localhost:{up.port}"
    assert not {"NATS_URL", "MONGODB_URL"} & up.seen_by("web").keys()
    assert _end(child, signal.SIGTERM)[0] == 0


def test_who_names_origins_and_a_gateway_is_believed(up: Up, own: dict[str, str]) -> None:
    named = {"CORS_ORIGINS": "https://stories.example", "GATEWAY_URL": "https://gateway.stories.example"}
    child, _ = up.start_and_wait(WEB_PORT=str(free_port()), **own, **named)
    assert up.seen_by("gateway")["CORS_ORIGINS"] == named["CORS_ORIGINS"]
    assert up.seen_by("web")["GATEWAY_URL"] == named["GATEWAY_URL"]
    assert _end(child, signal.SIGTERM)[0] == 0


def test_nothing_outlives_a_killed_up_and_the_next_one_starts(up: Up) -> None:
    child, _ = up.start_and_wait()
    processes = up.processes()
    child.kill()
    child.communicate()
    assert _gone(processes)
    again, _ = up.start_and_wait()
    assert _end(again, signal.SIGTERM)[0] == 0


def test_what_was_killed_is_started_again_on_its_port(up: Up) -> None:
    child, _ = up.start_and_wait()
    assert child.stdout
    for name in ("mongo", "nats", "store"):
        before = up.processes()[name]
        os.kill(before["pid"], signal.SIGKILL)
        assert child.stdout.readline().startswith(f"{name} was ended by SIGKILL")
        assert child.stdout.readline().startswith(f"{name} is ready again")
        after = up.processes()[name]
        assert after["port"] == before["port"]
        assert after["pid"] != before["pid"]
    assert _end(child, signal.SIGTERM)[0] == 0


def test_a_second_up_on_the_same_data_folder_is_refused(up: Up, own: dict[str, str]) -> None:
    child, _ = up.start_and_wait(**own)
    assert "STORYWIRE_DATA" in up.refused(GATEWAY_PORT=str(free_port()))
    assert "GATEWAY_PORT" in up.refused(STORYWIRE_DATA="elsewhere")
    assert _end(child, signal.SIGTERM)[0] == 0


def test_a_taken_port_is_refused_before_anything_starts(up: Up) -> None:
    with socket.create_server(("127.0.0.1", up.port)):
        assert f"port {up.port} is taken" in up.refused()
        assert "WEB_PORT to a free one, or to off" in up.refused(GATEWAY_PORT=str(free_port()), WEB_PORT=str(up.port))
    assert not (up.data / "nats").exists()


def test_a_wrong_mongod_is_refused(up: Up) -> None:
    assert "STORYWIRE_MONGOD" in up.refused(STORYWIRE_MONGOD="/bin/true")


def test_an_address_where_nobody_answers_is_refused(up: Up) -> None:
    assert "NATS_URL" in up.refused(NATS_URL=f"nats://user:secret@127.0.0.1:{free_port()}")
    assert "MONGODB_URL" in up.refused(MONGODB_URL=f"mongodb://127.0.0.1:{free_port()}")
    assert "MONGODB_URL" in up.refused(MONGODB_URL="postgres://127.0.0.1")


def test_servers_of_the_users_own_are_used(up: Up, own: dict[str, str]) -> None:
    child, _ = up.start_and_wait(**own)
    assert sorted(up.processes()) == ["gateway", "generator", "store"]
    assert up.seen_by("generator")["NATS_URL"] == own["NATS_URL"]
    assert up.seen_by("store")["MONGODB_URL"] == own["MONGODB_URL"]
    assert _end(child, signal.SIGTERM)[0] == 0


def test_a_service_that_cannot_start_ends_all_with_its_own_words(up: Up, own: dict[str, str]) -> None:
    program = up.folder / "stand_ins" / "services" / "generator" / "__main__.py"
    program.write_text("raise SystemExit('STORYWIRE_MODEL is wrong')")
    child = up.start(**own)
    _, error = child.communicate(timeout=60)
    assert child.returncode == 1
    assert error.startswith("storywire: generator does not start: STORYWIRE_MODEL is wrong (log: ")
    assert not (up.data / "run.json").exists()
