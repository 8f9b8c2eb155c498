"""A key to sign and to verify with, read from a file."""

from pathlib import Path

LEAST_BYTES = 32


class NoKey(RuntimeError):
    """There is no key to work with."""


def read_key(path: str, setting: str) -> bytes:
    """The key in the file that `setting` names. Raises NoKey, which says how to make one."""
    mend = f"make one with `(umask 077; openssl rand -hex 32 > FILE)` and set {setting}=FILE"
    if not path:
        raise NoKey(f"{setting} is not set; {mend} (`storywire up` does it by itself)")
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise NoKey(f"{setting}: {path} cannot be read: {error.strerror}; {mend}") from error
    if len(key) < LEAST_BYTES:
        raise NoKey(f"{setting}: the key in {path} has {len(key)} bytes, at least {LEAST_BYTES} are needed; {mend}")
    return key
