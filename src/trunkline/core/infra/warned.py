"""What a program warns of beside its plan: deprecations, failed `check` blocks, variables in vain.

The programs print each as `Warning: HEADING`, where it stands, the code there, and why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.said import plain

WARNED = "infra-warning"
# What is said of this machine and not of the unit.
NOT_THE_UNITS = (
    "Provider development overrides are in effect",
    "Unable to open CLI configuration file",
)
LONGEST = 400

_BEGINS = re.compile(r"^(?=Warning: |Error: )", re.M)
_ENDS = re.compile(r"^(?:─{8,}|Saved the plan to: |No changes\. |Plan: ).*", re.M | re.S)
_PLACE = re.compile(r"^\s*on (\S.*?) line (\d+)(?:, in ([^\n]*))?:?$", re.M)
# The code that it means, the values in it, and the resource; all of it may stand in a frame.
_CODE = re.compile(r"^(?:│ )?[ \t]{2,}(?:\d+:|[├│]|with \S+,$).*\n?", re.M)


def warnings_of(text: str, unit: str, place: Callable[[str], str]) -> tuple[Finding, ...]:
    """Each once, as a finding of the unit; `place` names a file as the repository has it."""
    return tuple(dict.fromkeys(_found(plain(_CODE.sub("", text)), unit, place)))


def _found(text: str, unit: str, place: Callable[[str], str]) -> Iterator[Finding]:
    for part in _BEGINS.split(text):
        head, _, rest = _ENDS.sub("", part).partition("\n")
        heading = head.removeprefix("Warning: ").strip()
        if heading == head.strip() or heading in NOT_THE_UNITS:
            continue
        where = _PLACE.search(rest)
        why = next(_paragraphs(_PLACE.sub("", rest)), "")
        within = f" in {where[3].rstrip(':')}" if where and where[3] else ""
        said = f"{heading}{within}" + (f": {why}" if why else "")
        yield Finding(
            WARNED,
            said if len(said) <= LONGEST else f"{said[:LONGEST]}…",
            Severity.WARNING,
            file=place(where[1]) if where else "",
            line=int(where[2]) if where else 0,
            component=unit,
        )


def _paragraphs(text: str) -> Iterator[str]:
    for part in re.split(r"\n\s*\n", text):
        if words := " ".join(part.split()):
            yield words
