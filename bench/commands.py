"""Whole commands, as a user types them: a process of its own each, the best of several rounds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

NOT_MEASURED = frozenset({"PYTHONDONTWRITEBYTECODE"})
PROGRAM = Path(sys.executable).parent / "trunkline"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where commands run and what they keep: a folder that holds cache and store."""

    repository: Path
    folder: Path
    kubeconfig: Path | None = None
    more: tuple[tuple[str, str], ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the user's own: no kubeconfig, no cache, no store. Bytecode is kept, as it is
        of whatever pip installed."""
        mine = {name: one for name, one in os.environ.items() if name not in NOT_MEASURED}
        return {
            **mine,
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.kubeconfig or self.folder / "no-kubeconfig"),
            "TRUNKLINE_CACHE": str(self.folder / "cache"),
            "TRUNKLINE_STORE": str(self.folder / "store.db"),
            **dict(self.more),
        }

    def run(self, *words: str) -> tuple[float, bytes]:
        """Seconds of one command, and what it printed. Raises RuntimeError where it fails."""
        started = time.perf_counter()
        done = subprocess.run(
            [PROGRAM, *words],
            cwd=self.repository,
            env=self.environment,
            capture_output=True,
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace")[-2000:]
            raise RuntimeError(f"trunkline {' '.join(words)} failed: {said}")
        return seconds, done.stdout

    def best(self, rounds: int, *words: str) -> float:
        return min(self.run(*words)[0] for _ in range(rounds))
