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


def collecting(memory: int) -> dict[str, str]:
    """How a program in Go collects its garbage within so many bytes (the package runtime).

    A render is short and its garbage small: collecting seldom takes half of what it costs. Before
    it meets the limit it collects all the same.
    """
    return {"GOGC": "400", "GOMEMLIMIT": str(memory * 3 // 4)}
