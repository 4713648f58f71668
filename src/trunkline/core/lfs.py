"""Git LFS pointers: a file of three lines that stands in a commit for one kept elsewhere.

https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from __future__ import annotations

REMEDY = "commit the file itself: `git lfs untrack`, then `git add --renormalize`"

_BEGIN = b"version https://git-lfs.github.com/spec/"
_LONGEST = 1024


def is_pointer(data: bytes) -> bool:
    """Whether these bytes stand for a file that is not in the commit."""
    return len(data) < _LONGEST and data.startswith(_BEGIN)
