import socket
import threading
from contextlib import suppress
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_thread = threading.local()


class Line:
    """The connection that one blocking call runs on, so that another thread can hang up at any moment.

    `requests` gives a response to close only once its headers are there; a model may think for long before that.
    """

    def __init__(self) -> None:
        self.answered = False
        self._lock = threading.Lock()
        self._connection: Any = None
        self._hung_up = False

    def __enter__(self) -> Self:
        _thread.line = self
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._connection = None  # it goes back to its pool, and to another call
        _thread.line = None

    def carry(self, connection: Any) -> None:
        """Note the connection in use; refuse it when this call is over already."""
        with self._lock:
            self._connection = connection
            if self._hung_up:
                raise ConnectionAbortedError

    def hang_up(self) -> None:
        """End the call: the server sees the connection close, and the blocked read returns."""
        with self._lock:
            self._hung_up = True
            sock = getattr(self._connection, "sock", None)
            if sock is not None:
                with suppress(OSError):
                    # Past TLS, which would wait for the thread that reads.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


def answered() -> None:
    """Note that this thread's call has its headers."""
    _thread.line.answered = True


class _Carried:
    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        _carry(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _carry(self)
        super().request(*args, **kwargs)  # type: ignore[misc]


def _carry(connection: object) -> None:
    line = getattr(_thread, "line", None)
    if line is not None:
        line.carry(connection)


class _Plain(_Carried, HTTPConnection):
    pass


class _Secure(_Carried, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class LineAdapter(HTTPAdapter):
    """Gives each thread's connection to its `Line`."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections that know their line."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
