"""Findings as words on stderr."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from trunkline.cli.console import err, escape
from trunkline.core.finding import Finding, Severity, told_once

SIGNS = {Severity.ERROR: "[bad]![/]", Severity.WARNING: "[held]‖[/]", Severity.NOTE: "[faint]·[/]"}


# Of one rule; nobody reads more, and a terminal has room for less.
MOST = 40


def tell_findings(findings: Iterable[Finding]) -> None:
    """Each finding on a line with its place, and its remedy below; those that are alike once."""
    console = err()
    told: Counter[str] = Counter()
    for one, others in told_once(findings):
        told[one.rule] += 1
        if told[one.rule] > MOST:
            continue
        place = f"[soft]{escape(one.place)}[/]  " if one.place else ""
        also = f"  [soft]= {others} more alike[/]" if others else ""
        console.print(f"{SIGNS[one.severity]} {place}{escape(one.said)}{also}")
        if one.remedy:
            console.print(f"  [soft]→ {escape(one.remedy)}[/]")
    for rule, number in told.items():
        if number > MOST:
            console.print(f"[soft]  … and {number - MOST} more of {rule}[/]")
