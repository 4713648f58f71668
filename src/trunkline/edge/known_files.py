"""What the files of a repository were found to declare, kept for the next command.

A large repository has many files that declare nothing, and a thousand Applications take longer to
parse than most plans take. All of it can be found again, so nothing here fails.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import orjson

from trunkline import __version__
from trunkline.core.files_read import FilesRead
from trunkline.edge.bounded import BoundedFolder

BOUND = 256 * 1024 * 1024
# More than this takes longer to read than it spares.
LARGEST = 64 * 1024 * 1024
# Raised when files come to declare something else, so that nothing old is believed.
FORMAT = 6


class KnownFiles:
    """The memory of one repository in the cache folder."""

    def __init__(self, cache: Path, repository: Path) -> None:
        self._folder = BoundedFolder(cache / "discovery", BOUND, every=1)
        whole = f"{FORMAT} {__version__} {repository.resolve()}"
        name = hashlib.sha256(whole.encode()).hexdigest()
        self._path = self._folder.folder / name[:2] / name

    def read(self) -> FilesRead:
        """What is known; nothing where that is not there, or damaged."""
        data = self._folder.read(self._path) or b""
        try:
            return FilesRead.unpacked(orjson.loads(zlib.decompress(data)))
        except (zlib.error, ValueError, KeyError, TypeError):
            return FilesRead()

    def write(self, files: FilesRead) -> None:
        """Keep what this process asked for, where it learned something."""
        if not files.grown:
            return
        data = zlib.compress(orjson.dumps(files.packed(), option=orjson.OPT_NON_STR_KEYS), 1)
        if len(data) <= LARGEST:
            self._folder.write(self._path, data)
