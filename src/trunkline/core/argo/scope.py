"""Which files a discovery looks at."""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.argo.glob import deep_matches

_MEGABYTE = 1024 * 1024


class Scope(Struct, frozen=True):
    """`include` and `exclude` are globs over paths (`**` for any directories), as in settings; no
    `include` means all. A file above `max_bytes` is not parsed.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_bytes: int = 10 * _MEGABYTE

    def holds(self, path: str) -> bool:
        """Whether a file is looked at."""
        if self.include and not any(_covers(one, path) for one in self.include):
            return False
        return not any(_covers(one, path) for one in self.exclude)


def _covers(pattern: str, path: str) -> bool:
    """A pattern covers what it matches and, as a directory, all that is below."""
    bare = pattern.strip("/")
    return deep_matches(bare, path) or deep_matches(f"{bare}/**", path)
