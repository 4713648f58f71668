"""Which commit of another repository a revision means, by the refs that it shows.

https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/: a branch, a tag, a
commit, HEAD, or a constraint of versions over the tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from msgspec import Struct, field

from trunkline.core.semver import newest_tag

FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
SHORT = re.compile(r"[0-9a-f]{7,39}")
_PEELED = "^{}"


class Refs(Struct, frozen=True):
    """Commits by the names of refs; annotated tags stand for their commits."""

    commits: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, printed: bytes) -> Refs:
        """What `git ls-remote` prints."""
        found: dict[str, str] = {}
        for line in printed.decode(errors="replace").splitlines():
            commit, _, name = line.partition("\t")
            if name.endswith(_PEELED) or name not in found:
                found[name.removesuffix(_PEELED)] = commit
        return cls(found)

    def commit(self, revision: str, tag_prefix: str = "") -> str | None:
        """The commit of a name, None for one that no ref has."""
        if tag_prefix and (found := self._of_constraint(revision, tag_prefix)):
            return found
        if revision in ("", "HEAD"):
            return self.commits.get("HEAD")
        for prefix in ("", "refs/", "refs/tags/", "refs/heads/"):
            if found := self.commits.get(f"{prefix}{revision}"):
                return found
        return self._of_constraint(revision)

    def near(self, revision: str) -> str:
        """A hint for a name that nothing has."""
        names = [name.split("/", 2)[-1] for name in self.commits]
        near = get_close_matches(revision, names, n=3)
        return f"; did you mean {', '.join(near)}?" if near else ""

    def _of_constraint(self, revision: str, tag_prefix: str = "") -> str | None:
        prefix = "refs/tags/"
        tags = [name.removeprefix(prefix) for name in self.commits if name.startswith(prefix)]
        tag = newest_tag(revision, tags, tag_prefix)
        return self.commits[f"{prefix}{tag}"] if tag else None
