"""Findings as words on stderr."""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.cli.console import err, escape
from trunkline.core.finding import Finding, Severity

SIGNS = {Severity.ERROR: "[bad]![/]", Severity.WARNING: "[held]‖[/]", Severity.NOTE: "[faint]·[/]"}


def tell_findings(findings: Iterable[Finding]) -> None:
    """Each finding on a line with its place, and its remedy below."""
    console = err()
    for one in findings:
        place = f"[soft]{escape(one.place)}[/]  " if one.place else ""
        console.print(f"{SIGNS[one.severity]} {place}{escape(one.message)}")
        if one.remedy:
            console.print(f"  [soft]→ {escape(one.remedy)}[/]")


def worst_is_error(findings: Iterable[Finding]) -> bool:
    return any(one.severity is Severity.ERROR for one in findings)
