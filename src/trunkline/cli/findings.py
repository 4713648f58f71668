"""Findings as words on stderr."""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.cli.console import err, escape
from trunkline.core.finding import Finding, Severity, told_once

SIGNS = {Severity.ERROR: "[bad]![/]", Severity.WARNING: "[held]‖[/]", Severity.NOTE: "[faint]·[/]"}


def tell_findings(findings: Iterable[Finding]) -> None:
    """Each finding on a line with its place, and its remedy below; those that are alike once."""
    console = err()
    for one, others in told_once(findings):
        place = f"[soft]{escape(one.place)}[/]  " if one.place else ""
        also = f"  [soft]= {others} more alike[/]" if others else ""
        console.print(f"{SIGNS[one.severity]} {place}{escape(one.said)}{also}")
        if one.remedy:
            console.print(f"  [soft]→ {escape(one.remedy)}[/]")


def worst_is_error(findings: Iterable[Finding]) -> bool:
    return any(one.severity is Severity.ERROR for one in findings)
