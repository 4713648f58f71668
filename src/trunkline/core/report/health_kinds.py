"""Which kinds have a health rule of their own, as rows and as markdown."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from trunkline.core.health.counts import Counts
from trunkline.core.health.declared import Conditions, Phase
from trunkline.core.health.status import Rule
from trunkline.core.health.table import FAMILIES

OWN = "a rule of its own"


class RuleRow(Struct, frozen=True):
    """The kinds of one group that one rule judges, and what the rule reads."""

    family: str
    group: str
    kinds: tuple[str, ...]
    reads: str

    def as_json(self) -> dict[str, object]:
        return {
            "family": self.family,
            "group": self.group,
            "kinds": list(self.kinds),
            "reads": self.reads,
        }


def rule_rows() -> Iterator[RuleRow]:
    """Every row of the table, in its order; `*` stands for all other kinds of the group."""
    for name, family in FAMILIES.items():
        for group, kinds in family.items():
            for names, rule in kinds.items():
                yield RuleRow(name, group, tuple(names.split()), _reads(rule))


def kinds_markdown() -> str:
    """A table per family."""
    lines: list[str] = []
    family = ""
    for row in rule_rows():
        if row.family != family:
            family = row.family
            lines += ["", f"### {family[0].upper()}{family[1:]}", "", "| group | kinds | read |"]
            lines.append("|---|---|---|")
        kinds = ", ".join(f"`{kind}`" if kind == "*" else kind for kind in row.kinds)
        group = f"`{row.group}`" if row.group else "core"
        lines.append(f"| {group} | {kinds} | {row.reads} |")
    return "\n".join(lines).strip() + "\n"


def _reads(rule: Rule) -> str:
    if isinstance(rule, Conditions):
        return str(rule) or "that its spec was seen"
    return str(rule) if isinstance(rule, Phase | Counts) else OWN
