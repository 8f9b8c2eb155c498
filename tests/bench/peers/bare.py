"""The floor: one non-blocking `send()` a client, of a ready frame, whenever somebody says so. `python -m ... PORT`."""

import selectors
import socket
import sys

from services.gateway.frames import frame

_EVENT = frame(b'42/stories,["story:processing:progress",{' + b"x" * 238 + b"}]")
_WELCOME = (
    b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n40/stories,43/stories,0[{"ok":true'  # all that a reader waits for
)


def main() -> None:
    clients: list[socket.socket] = []
    selector = selectors.DefaultSelector()
    selector.register(
        server := socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=2_048), selectors.EVENT_READ
    )
    while True:
        for key, _ in selector.select():
            if key.fileobj is server:
                client, _ = server.accept()
                client.setblocking(False)
                selector.register(client, selectors.EVENT_READ)
                continue
            client = key.fileobj  # type: ignore[assignment]
            said = client.recv(65_536)
            if said.startswith(b"GET"):
                client.send(_WELCOME)
                if b"Upgrade" in said:
                    clients.append(client)
            elif said == b"go":
                for each in clients:
                    each.send(_EVENT)
            elif not said:
                selector.unregister(client)
                clients = [each for each in clients if each is not client]
                client.close()


if __name__ == "__main__":
    main()
