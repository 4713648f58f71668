"""The versions that programs said, kept for the next command.

Two programs that say their versions take as long as the plan of a small unit. What was said holds
for the very file that said it. One that hands on to another program says another version tomorrow:
a script, or a launcher that many names link to, is asked each time.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from trunkline.edge.bounded import BoundedFolder

BOUND = 1024 * 1024
# How files begin that the system runs by themselves: ELF, Mach-O, Mach-O for several machines.
_BINARY = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


class KnownVersions:
    """(kind, version) of programs, in the cache folder. All of it can be asked again, so nothing
    here fails."""

    def __init__(self, cache: Path) -> None:
        self._folder = BoundedFolder(cache / "versions", BOUND, every=1)

    def read(self, key: str) -> tuple[str, str] | None:
        data = self._folder.read(self._place(key))
        try:
            return msgspec.json.decode(data, type=tuple[str, str]) if data else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def write(self, key: str, kind: str, version: str) -> None:
        self._folder.write(self._place(key), msgspec.json.encode((kind, version)))

    def _place(self, key: str) -> Path:
        return self._folder.folder / key[:2] / key[2:]


def key_of(program: Path) -> str:
    """The name of this very file; "" where it may say another version though it stays the same."""
    try:
        file = program.resolve(strict=True)
        if not (file.name.startswith(program.name) and _is_binary(file)):
            return ""
        state = file.stat()
    except (OSError, RuntimeError):
        return ""
    times = (state.st_mtime_ns, state.st_ctime_ns)
    told = f"{file} {state.st_dev} {state.st_ino} {state.st_size} {times}"
    return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()


def _is_binary(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) in _BINARY
