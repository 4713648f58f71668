"""The backend of a unit, as init wrote it down beside the code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from trunkline.core.infra.written import BEGINNING, written_in

FILE = "terraform.tfstate"


class Backend(Struct, frozen=True):
    """`kind` is "" where there is none."""

    kind: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def told(cls, folder: Path) -> Backend:
        """What the data folder of a directory says, once that is initialised."""
        try:
            found = json.loads((folder / FILE).read_text())["backend"]
            kind, config = found["type"], found["config"]
        except (OSError, ValueError, KeyError, TypeError):
            return cls()
        return cls(str(kind), config) if kind and isinstance(config, dict) else cls()

    @property
    def keeps_state(self) -> bool:
        """Whether the state is kept. Without a backend, or with a local one whose path is relative,
        it would lie in our checkout.
        """
        return bool(self.kind) and (self.kind != "local" or self._is_outside)

    def writer(self) -> str:
        """The version that wrote the state, where that is a file of this machine; "" elsewhere."""
        place = self.config.get("path") if self.kind == "local" else None
        if not isinstance(place, str) or not place.startswith("/"):
            return ""
        try:
            with Path(place).open("rb") as file:
                return written_in(file.read(BEGINNING))
        except OSError:
            return ""

    @property
    def _is_outside(self) -> bool:
        """Whether a local backend keeps its states at a place of its own."""
        places = (self.config.get("path"), self.config.get("workspace_dir"))
        return any(isinstance(one, str) and one.startswith("/") for one in places)
