"""Bars for a terminal; loaded only where there is one."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def bars(console: Console) -> Progress:
    """A line for each activity, which vanishes at the end."""
    return Progress(
        TextColumn("[rail]●[/] {task.description}"),
        BarColumn(bar_width=28, complete_style="rail", finished_style="good"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[soft]{task.fields[said]}"),
        console=console,
        transient=True,
    )
