"""The schemas of providers that were asked for once, kept for the next plan.

A name is that of exactly one provider (`core/infra/planfile/locks.py`), so what is kept never grows
old. All of it can be asked for again, so nothing here fails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from trunkline import __version__
from trunkline.core.infra.planfile.schemas import Packed
from trunkline.edge.bounded import BoundedFolder

BOUND = 256 * 1024 * 1024


class KnownSchemas:
    """The schemas in the cache folder, a file for each provider."""

    def __init__(self, cache: Path) -> None:
        self._folder = BoundedFolder(cache / "schemas", BOUND, every=1)

    def read(self, key: str) -> Packed | None:
        """The packed schemas of a provider; None where that is not there, or damaged."""
        data = self._folder.read(self._path(key))
        try:
            return msgspec.msgpack.decode(data, type=dict[str, bytes]) if data else None
        except msgspec.DecodeError:
            return None

    def write(self, key: str, schemas: Mapping[str, bytes]) -> None:
        self._folder.write(self._path(key), msgspec.msgpack.encode(schemas))

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(f"{__version__} {key}".encode()).hexdigest()
        return self._folder.folder / name[:2] / name
