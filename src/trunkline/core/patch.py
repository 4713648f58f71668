"""Changes of files as one patch, as `git apply` takes it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

CONTEXT = 3


def patch_of(changes: Mapping[str, tuple[str, str]]) -> str:
    """By path, each file before and after; "" before for one that is new."""
    return "".join(
        line for path, (old, new) in sorted(changes.items()) for line in _file(path, old, new)
    )


def _file(path: str, old: str, new: str) -> Iterator[str]:
    if old == new:
        return
    yield f"diff --git a/{path} b/{path}\n"
    if not old:
        yield "new file mode 100644\n"
    # A tab ends a name that has blanks in it.
    end = "\t\n" if " " in path else "\n"
    yield f"--- a/{path}{end}" if old else "--- /dev/null\n"
    yield f"+++ b/{path}{end}"
    lines = difflib.unified_diff(_lines(old), _lines(new), n=CONTEXT, lineterm="\n")
    for line in list(lines)[2:]:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as Git counts them: a line ends with \\n and with nothing else."""
    found = [f"{line}\n" for line in text.split("\n")]
    last = found.pop().removesuffix("\n")
    return [*found, last] if last else found
