import socket

from deploy.local.ports import free_port, is_taken


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
