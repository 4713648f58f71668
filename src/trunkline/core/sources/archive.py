"""An archive as a snapshot: its files are read in memory, none is ever laid on a disk.

So no path in it can leave it. Links and devices are passed over: what is packed by Helm has none,
and Helm reads none of them. The bounds are Helm's own where it has them (chart/loader/archive).
"""

from __future__ import annotations

import io
import tarfile
import zlib

from trunkline.core.snapshot import FilesSnapshot, normal_path

MIB = 2**20
LARGEST, LARGEST_FILE, MOST_FILES = 100 * MIB, 5 * MIB, 20_000


class BadArchive(ValueError):
    """An archive that is none, or one that grows without measure."""


def unpacked(data: bytes) -> bytes:
    """The tar inside of a gzip archive; a bare tar as it is. Raises BadArchive."""
    if data[:2] != b"\x1f\x8b":
        return data
    stream = zlib.decompressobj(wbits=31)
    try:
        found = stream.decompress(data, LARGEST)
    except zlib.error:
        raise BadArchive("the archive is broken: it is no gzip") from None
    if stream.unconsumed_tail:
        raise BadArchive(f"the archive is larger than {LARGEST // MIB} MiB when it is unpacked")
    if not stream.eof:
        raise BadArchive("the archive is cut off")
    return found


def files_of(data: bytes, *, inner: bool) -> dict[str, bytes]:
    """The files of an archive by their paths. Raises BadArchive.

    `inner`: all lies in one folder, as in a chart's archive, and paths begin below it.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(unpacked(data)), mode="r:") as archive:
            for member in archive:
                path = _path(member.name, inner=inner)
                if member.isfile() and path:
                    files[path] = _read(archive, member)
                if len(files) > MOST_FILES:
                    raise BadArchive(f"the archive holds more than {MOST_FILES} files")
    except (tarfile.TarError, EOFError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, BadArchive):
            raise
        raise BadArchive(f"the archive is broken: {error}") from None
    if not files:
        raise BadArchive("the archive is empty")
    return files


def _path(name: str, *, inner: bool) -> str:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or ":" in parts[0]:
        raise BadArchive(f"the archive holds {name[:200]!r}, a path that leads out of it")
    path = normal_path(name)
    return path.partition("/")[2] if inner else path


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > LARGEST_FILE:
        raise BadArchive(f"{member.name[:200]} is larger than {LARGEST_FILE // MIB} MiB")
    file = archive.extractfile(member)
    assert file is not None  # of a regular file there is one
    return file.read()


class ArchiveSnapshot(FilesSnapshot):
    """The files of an archive; `commit` is what is shown as its revision.

    Object ids come from the archive's digest, so that nothing is unpacked to compare two.
    """

    def __init__(self, data: bytes, digest: str, revision: str, *, inner: bool = True) -> None:
        """Raises BadArchive."""
        super().__init__(files_of(data, inner=inner), revision)
        self._whole = digest

    def object_id(self, path: str) -> str | None:
        path = normal_path(path)
        return f"{self._whole}:{path}" if self.entry(path) else None
