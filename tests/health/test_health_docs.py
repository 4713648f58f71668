"""The table of docs/health.md is the one that the rules give."""

from __future__ import annotations

from pathlib import Path

from trunkline.core.report.health_kinds import kinds_markdown, rule_rows

PAGE = Path(__file__).parents[2] / "docs" / "health.md"


def test_the_page_lists_the_kinds_that_have_rules() -> None:
    _, _, listed = PAGE.read_text().partition("## Kinds with rules of their own\n\n")
    assert listed == kinds_markdown(), (
        "write the end of docs/health.md anew: trunkline health --list --output markdown"
    )


def test_every_row_says_what_it_reads() -> None:
    assert [row for row in rule_rows() if not (row.kinds and row.reads)] == []
