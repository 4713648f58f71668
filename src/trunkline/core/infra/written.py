"""Which version of a program wrote a state, and whether that is newer than the one that reads it.

States of version 4 are read by every version that knows the format: what only a newer one has put
into a state is passed over in silence. A plan does not say who wrote its state, for the program
writes its own version into it; the state itself does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline.core.finding import Finding, Severity

_VERSION = re.compile(r"(\d+)\.(\d+)")
_WRITTEN = re.compile(rb'"terraform_version":\s*"([\w.+-]{1,64})"')
# It stands before everything that is long.
BEGINNING = 1024


def written_in(beginning: bytes) -> str:
    """The version that a state's first bytes name, "" for none."""
    found = _WRITTEN.search(beginning)
    return found[1].decode() if found else ""


def is_newer(written: str, program: str) -> bool:
    """`program` has a name before its version. Patches of one version read each other's states."""
    theirs, ours = _VERSION.search(written), _VERSION.search(program)
    return bool(theirs and ours) and _pair(theirs) > _pair(ours)


def version_findings(unit: str, written: str, program: str) -> Iterator[Finding]:
    """A warning where the state was written by a newer version; "" is a version not known."""
    if is_newer(written, program):
        yield Finding(
            "infra-state-version",
            f"its state was written by version {written}, and is planned by {program}: what only "
            "the newer one knows is passed over",
            severity=Severity.WARNING,
            component=unit,
            remedy=f"plan and apply it by version {written} or a newer one",
        )


def _pair(found: re.Match[str] | None) -> tuple[int, int]:
    return (int(found[1]), int(found[2])) if found else (0, 0)
