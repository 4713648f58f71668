"""What a check says: a rule, how bad it is, where, and what to do about it.

Expected failures are findings in a result, not exceptions: one broken file never hides the
others.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct

from trunkline.core.manifest import Ref


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(Struct, frozen=True):
    """`file` is a path from the repository's root, `line` counts from 1 (0: not known)."""

    rule: str
    message: str
    severity: Severity = Severity.ERROR
    file: str = ""
    line: int = 0
    component: str = ""
    cluster: str = ""
    ref: Ref | None = None
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "component": self.component,
            "cluster": self.cluster,
            "ref": self.ref.as_json() if self.ref else None,
            "remedy": self.remedy,
        }

    @property
    def place(self) -> str:
        """Where it is, as a person says it: file and line, else the component."""
        if self.file:
            return f"{self.file}:{self.line}" if self.line else self.file
        return self.component

    @property
    def said(self) -> str:
        """The message, which names the component that it is about."""
        if not self.component or self.component in (self.place, *self._words()):
            return self.message
        return f"{self.component}: {self.message}"

    def _words(self) -> list[str]:
        return [one.strip(":,()") for one in self.message.split()]


def told_once(findings: Iterable[Finding]) -> list[tuple[Finding, int]]:
    """The findings, each with the number of others that say the same of other components."""
    shapes: dict[object, object] = {}
    found: dict[object, list[Finding]] = {}
    for one in findings:
        terms = one.rule, one.severity, one.remedy
        shape = shapes.setdefault((*terms, one.message), (*terms, _unnamed(one)))
        found.setdefault(shape, []).append(one)
    return [(same[0], len(same) - 1) for same in found.values()]


def _unnamed(finding: Finding) -> str:
    """What is said, with its component and cluster left out."""
    said = finding.said
    for name in sorted({finding.component, finding.cluster} - {""}, key=len, reverse=True):
        said = said.replace(name, "\0")
    return said
