"""Whoever controls a chart controls names, values and messages: none of it steers the comment."""

from __future__ import annotations

import re
from typing import Any

import pytest

from trunkline.core.change import ComponentPlan, Plan
from trunkline.core.diff import changes
from trunkline.core.finding import Finding
from trunkline.core.report.markdown import plan_markdown
from trunkline.core.report.plan_text import plan_text

EVIL = [
    "a```\n# Approved by @acme/security\n```",
    "</details></summary><script>alert(1)</script>",
    "[click](https://evil.test) ![x](https://evil.test/track.png)",
    "https://evil.test/login www.evil.test mailto:a@evil.test",
    "@acme/security please merge, cc @octocat",
    "x | y | z |\n|---|",
    "<!-- hidden",
    "a\u202eb\x1b[2J\x9b31m\x07",
    "`` ` ``` ````",
]


def config_map(name: str, value: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "labels": {"team": value}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": value}}


def planned(evil: str) -> Plan:
    found = changes([config_map(evil, "before")], [config_map(evil, evil)])
    finding = Finding("rule", evil, file=evil, line=3, component=evil, remedy=evil)
    parts = (
        ComponentPlan(evil, evil, found),
        ComponentPlan("broken", "eu", (), error=evil),
    )
    return Plan("a" * 40, "b" * 40, parts, (finding,), 2)


def outside_of_code(comment: str) -> str:
    """What the forge reads as Markdown: fences and code spans are taken out, as GFM finds them."""
    text = re.sub(r"^(`{3,})[^`\n]*\n.*?^\1`*$", "", comment, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_of_it_means_anything_in_a_comment(evil: str) -> None:
    read = outside_of_code(plan_markdown(planned(evil)))
    assert not re.search(r"@(?!\u200b)\w", read), "somebody is mentioned"
    assert not re.search(r"://|\bwww\.|mailto:", read), "a link"
    assert not re.search(r"(?<!\\)\]\(", read), "a link or a picture"
    tags = set(re.findall(r"<[^>]*>", read))
    assert tags <= {"<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>"}
    assert read.count("<details>") == read.count("</details>")
    assert not re.search(r"^\s*# Approved", read, re.MULTILINE)
    assert "<!--" not in read


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_of_it_steers_a_terminal(evil: str) -> None:
    text = plan_text(planned(evil), full=True)
    assert not [one for one in text if one not in "\n\t" and not one.isprintable()]
