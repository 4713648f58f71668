"""What a discovery looks at: which files, and which repository URLs mean the one at hand.

A source that names this repository at `HEAD`, `main`, `master` or the tracked branch is read from
the snapshot under plan, whatever commit that is: so a pull request's plan shows the pull request.
"""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.core.argo.glob import deep_matches
from trunkline.core.argo.repository import normal_repository

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Scope:
    """`repositories` are this repository's URLs, in any spelling. Where none is known, every Git
    source counts as this repository, for there is no other that it could be told from.

    `include` and `exclude` are globs over paths (`**` for any directories), as in settings; no
    `include` means all. A file above `max_bytes` is not parsed. `exact_globs` gives the file
    patterns of Git generators the meaning of Argo CD's "new git file globbing".
    """

    repositories: tuple[str, ...] = ()
    branch: str = "main"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_bytes: int = 10 * _MEGABYTE
    exact_globs: bool = False

    def is_here(self, url: str, revision: str = "") -> bool:
        """Whether a source is read from the snapshot under plan."""
        return self.is_this_repository(url) and self.is_tracked(revision)

    def is_this_repository(self, url: str) -> bool:
        if not self.repositories:
            return True
        return normal_repository(url) in map(normal_repository, self.repositories)

    def is_tracked(self, revision: str) -> bool:
        bare = revision.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/")
        return bare in ("", "HEAD", "main", "master", self.branch)

    def holds(self, path: str) -> bool:
        """Whether a file is looked at."""
        if self.include and not any(_covers(one, path) for one in self.include):
            return False
        return not any(_covers(one, path) for one in self.exclude)


def _covers(pattern: str, path: str) -> bool:
    """A pattern covers what it matches and, as a directory, all that is below."""
    bare = pattern.strip("/")
    return deep_matches(bare, path) or deep_matches(f"{bare}/**", path)
