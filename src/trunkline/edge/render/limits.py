"""How much a render may take before it is ended."""

from __future__ import annotations

from msgspec import Struct

MIB = 1024 * 1024


class Limits(Struct, frozen=True):
    """Bytes and seconds. `memory` bounds a worker's data, `output` the text of one render,
    `inputs` the files it is given; `seconds` is wall time, and so bounds its CPU time too.
    """

    memory: int = 1024 * MIB
    output: int = 64 * MIB
    inputs: int = 64 * MIB
    seconds: float = 30.0
