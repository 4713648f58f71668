"""Which file of the repository a program means: it names files from where it ran, and Terragrunt
has it run in a copy of them.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from msgspec import Struct

from trunkline.core.infra.said import placed


class Sources(Struct, frozen=True):
    """`tree` is the checkout, `ran` where the program ran, `folders` where in the checkout the
    code of the unit may come from.
    """

    tree: Path
    ran: Path
    folders: tuple[str, ...]

    def named(self, error: str) -> str:
        """An error with the files as the repository has them."""
        error = placed(error, self.place)
        for tree in self._trees:
            error = error.replace(f"file://{tree}/", "").replace(f"{tree}/", "")
        return error

    def place(self, name: str) -> str:
        """The path in the repository of a file that the program names; the name as it is where it
        is none of the repository, or may be one of several.
        """
        meant = Path(os.path.normpath(self.ran / name))
        for tree in self._trees:
            if meant.is_relative_to(tree) and not _is_copy(meant):
                return str(meant.relative_to(tree))
        text = _text(meant)
        found = {posixpath.normpath(posixpath.join(one, name)) for one in self.folders}
        same = [one for one in found if text is not None and _text(self.tree / one) == text]
        return same[0] if len(same) == 1 else name

    @property
    def _trees(self) -> tuple[Path, ...]:
        """The checkout's path, and as the system spells it."""
        real = self.tree.resolve()
        return (self.tree,) if real == self.tree else (self.tree, real)


def _is_copy(path: Path) -> bool:
    """Whether it lies in a folder that a program made in the checkout."""
    return ".terragrunt-cache" in path.parts or ".terraform" in path.parts


def _text(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
