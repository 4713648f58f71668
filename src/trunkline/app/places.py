"""Where this machine keeps Trunkline's files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from msgspec import Struct

from trunkline.core.keys import KeyPlace


class Places(Struct, frozen=True):
    """Where this machine keeps Trunkline's files: never for the repository to say."""

    cache: Path
    store: str
    kubeconfig: str = ""
    sources: Path | None = None
    keys: KeyPlace | None = None

    @classmethod
    def of_environment(cls, kubeconfig: str = "") -> Places:
        """TRUNKLINE_CACHE, _STORE, _SOURCES, _KEY, _KEY_FILE and KUBECONFIG, else the usual."""
        home = Path.home()
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        sources = os.environ.get("TRUNKLINE_SOURCES")
        cache = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
        return cls(
            Path(os.environ.get("TRUNKLINE_CACHE") or Path(cache) / "trunkline"),
            os.environ.get("TRUNKLINE_STORE", ""),
            kubeconfig or os.environ.get("KUBECONFIG", ""),
            Path(sources) if sources else config / "trunkline" / "sources.yaml",
            KeyPlace(
                Path(os.environ.get("TRUNKLINE_KEY_FILE") or config / "trunkline" / "keys"),
                os.environ.get("TRUNKLINE_KEY", ""),
            ),
        )

    def store_of(self, repository: Path) -> str:
        """The store: what was said, else one file per repository."""
        if self.store:
            return self.store
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        whole = str(repository.resolve())
        name = f"{repository.resolve().name}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}.db"
        return str(Path(state) / "trunkline" / name)

    def states_of(self, repository: Path) -> str:
        """Where states of infrastructure are: in the same server, or in a file of their own, which
        is never begun anew.
        """
        store = self.store_of(repository)
        return store if "://" in store else str(Path(store).with_suffix(".states.db"))
