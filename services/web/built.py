"""The built page in memory: a few files, each read once, with what a browser has to know about it."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "dist"
INDEX = "index.html"
_HASHED = "assets/"  # Vite puts a hash of the content into the names of what stands there
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class NotBuilt(RuntimeError):
    """There is no page to serve."""


@dataclass(frozen=True)
class Asset:
    """A file of the page."""

    content: bytes
    zipped: bytes
    media_type: str
    etag: str
    cache: str

    @classmethod
    def of(cls, name: str, content: bytes) -> "Asset":
        """What to say of a file with this name, relative to the page's root."""
        return cls(
            content=content,
            zipped=gzip.compress(content, mtime=0),
            media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            etag=f'"{sha256(content).hexdigest()[:32]}"',
            cache=_FOREVER if name.startswith(_HASHED) else _ASK_AGAIN,
        )


def assets(folder: Path = FOLDER) -> dict[str, Asset]:
    """Every file of the built page by its path below the root. Raises NotBuilt."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    found = {path.relative_to(folder).as_posix(): path for path in files}
    if INDEX not in found:
        raise NotBuilt(f"{folder} holds no built page; `storywire up` builds it")
    return {name: Asset.of(name, path.read_bytes()) for name, path in found.items()}
