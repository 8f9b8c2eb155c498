import socket
import subprocess
import sys
from pathlib import Path

from deploy.local.ports import free_port, is_taken, same_port


def test_a_port_with_a_listener_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert is_taken(server.getsockname()[1])


def test_a_port_whose_listener_has_gone_is_not_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
        client.close()
    assert not is_taken(port)


def test_a_free_port_is_one_that_no_outgoing_connection_gets() -> None:
    with socket.socket() as outgoing:
        outgoing.bind(("127.0.0.1", 0))
        assert free_port() < outgoing.getsockname()[1]


def test_no_port_is_found_twice() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200


_START = "import sys, pathlib; from deploy.local.ports import same_port; print(same_port(pathlib.Path(sys.argv[1])))"


def test_a_start_finds_the_port_of_the_last_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _START, str(tmp_path / "mongo" / "port")]
    first, second = (subprocess.check_output(command, text=True) for _ in range(2))
    assert first == second


def test_a_noted_port_that_is_taken_or_is_none_gives_way_to_a_free_one(tmp_path: Path) -> None:
    note = tmp_path / "port"
    taken = free_port()
    note.write_text(f"{taken}\n")
    with socket.create_server(("127.0.0.1", taken)):
        found = same_port(note)
    assert found != taken
    assert note.read_text() == f"{found}\n"
    for words in ("", "soon", "22"):
        note.write_text(words)
        assert same_port(note) >= 20_000
