"""Asks a mongod how it stands, in MongoDB's own words: its driver takes longer to load than mongod to answer."""

import socket
import struct
from dataclasses import dataclass

from deploy.local.program import NotReadyError

_OP_MSG = 2013
_HELLO = b"\x10hello\x00\x01\x00\x00\x00" + b"\x02$db\x00\x06\x00\x00\x00admin\x00"  # {hello: 1, $db: "admin"}
_IN_A_SET = b"\x02setName\x00"
_PRIMARY = b"\x08isWritablePrimary\x00\x01"


@dataclass(frozen=True)
class Standing:
    """Whether a node knows the set that it is of, and whether it is the primary there."""

    in_a_set: bool
    primary: bool


def hello(port: int) -> Standing:
    """Ask the node on this port. NotReadyError when there is no answer."""
    document = struct.pack("<i", len(_HELLO) + 5) + _HELLO + b"\x00"
    question = struct.pack("<iiiiiB", 21 + len(document), 1, 0, _OP_MSG, 0, 0) + document
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as wire, wire.makefile("rwb") as stream:
            stream.write(question)
            stream.flush()
            (length,) = struct.unpack("<i", stream.read(4))
            answer = stream.read(length - 4)
    except (OSError, struct.error) as error:
        raise NotReadyError(f"no answer on port {port} ({error})") from error
    return Standing(in_a_set=_IN_A_SET in answer, primary=_PRIMARY in answer)
