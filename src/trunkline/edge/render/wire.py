"""What goes between the renderer and its workers: a frame is a length and that many bytes.

A job is a JSON head and the files' bytes behind it; an answer is one byte that says what it is
and its JSON.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.unstable import Differing

Output = tuple[list[Any], list[str], list[Differing]]
"""What a tool gives: objects, warnings, and where another render gave something else."""

HEADER = struct.Struct(">Q")
MANIFESTS, ERROR = b"m", b"e"


class Job(Struct, frozen=True):
    """One render: `files` maps paths, as the tool will see them, to bytes."""

    tool: str
    options: Mapping[str, Any]
    files: Mapping[str, bytes]

    def packed(self) -> bytes:
        head = orjson.dumps(
            [self.tool, self.options, [[path, len(data)] for path, data in self.files.items()]]
        )
        body = b"".join((HEADER.pack(len(head)), head, *self.files.values()))
        return HEADER.pack(len(body)) + body

    @classmethod
    def unpacked(cls, body: bytes) -> Job:
        (length,) = HEADER.unpack_from(body)
        start = HEADER.size + length
        tool, options, sizes = orjson.loads(body[HEADER.size : start])
        files: dict[str, bytes] = {}
        for path, size in sizes:
            files[path] = body[start : start + size]
            start += size
        return cls(tool, options, files)
