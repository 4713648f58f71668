"""A file by its address, as `helm.valueFiles` and `helm.fileParameters` may name one.

https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values-files
"""

from __future__ import annotations

from msgspec import Struct

SCHEMES = ("https://", "http://")
NAME = "file"
"""What it is called in the snapshot that holds it alone."""


class RemoteFile(Struct, frozen=True):
    """`url` as it is written: it may hold what a message does not show."""

    url: str


def is_remote_file(name: str) -> bool:
    """Whether a name is an address that is fetched."""
    return name.lower().startswith(SCHEMES)
