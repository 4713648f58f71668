"""A chart that lies elsewhere: how it is asked for, and what is got."""

from __future__ import annotations

import re

from msgspec import Struct


class Wanted(Struct, frozen=True):
    """`repository` as a file says it: a URL, a registry, `@name` or `alias:name`. `version` is a
    version, a constraint of versions, or a tag or digest of a registry. An empty `name`: the
    repository is the artifact itself. `project` and `pass_credentials` are the component's.
    """

    repository: str
    name: str
    version: str = ""
    project: str = ""
    pass_credentials: bool = False

    def __str__(self) -> str:
        what = f"chart {self.name}" if self.name else "artifact"
        place = re.sub(r"//[^/@]*@", "//", self.repository)
        return f"{what} {self.version or '(any version)'} of {place}"


class Inflated(Struct, frozen=True):
    """A chart whose files belong at a place of a source: a kustomization inflates it there."""

    wanted: Wanted
    place: str


class Found(Struct, frozen=True):
    """An archive. `digest` is the SHA-256 of `data` in hex, `version` the one that was taken."""

    name: str
    version: str
    digest: str
    data: bytes
