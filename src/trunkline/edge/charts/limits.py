"""How long a source may take, and how much it may send."""

from __future__ import annotations

from msgspec import Struct

MIB = 2**20


class FetchLimits(Struct, frozen=True):
    """Seconds and bytes. `silence` is how long a server may send nothing, `refresh` how long an
    index or a list of tags is believed before it is read again.
    """

    connect: float = 10.0
    silence: float = 20.0
    total: float = 180.0
    index: int = 256 * MIB
    archive: int = 64 * MIB
    answer: int = 4 * MIB
    connections: int = 16
    refresh: float = 300.0
