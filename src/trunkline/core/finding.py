"""What a check says: a rule, how bad it is, where, and what to do about it.

Expected failures are findings in a result, not exceptions: one broken file never hides the
others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trunkline.core.manifest import Ref


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
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
