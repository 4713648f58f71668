"""The shape of generators: which kinds there are, and what each may hold.

Only shapes are looked at here, so that whoever runs a generator meets what it expects: templates
inside of a matrix change strings and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trunkline.core.argo.fields import Fields

# Beside its kind a generator may have these.
BESIDE = ("selector", "template")

# Kinds that ask for what no commit holds, and what each would need.
NOT_RUN: Mapping[str, str] = {
    "pullRequest": "asks a forge for open pull requests, and no forge is connected",
    "scmProvider": "asks a forge for its repositories, and no forge is connected",
    "plugin": "asks a web service for its parameters, which the plan of a commit does not reach",
    "clusterDecisionResource": (
        "asks the meta cluster for an object that lists clusters, which the plan of a commit does "
        "not reach"
    ),
}


def checked_generators(owner: Fields) -> tuple[Mapping[str, Any], ...]:
    """The generators of a set, a matrix or a merge; what is wrong with them is noted."""
    found = owner.sections("generators")
    for one in found:
        _check(one)
    return tuple(one.value for one in found)


def kind_of(generator: Mapping[str, Any]) -> str:
    """The one kind of a generator whose shape has been checked."""
    return next(key for key in generator if key not in BESIDE)


def not_run(kind: str) -> str:
    """Why generators of a kind are not run, "" for those that are."""
    if kind not in NOT_RUN:
        return ""
    return f"the {kind} generator {NOT_RUN[kind]}: what it generates is not known, and not touched"


def _check(generator: Fields) -> None:
    kinds = [key for key in generator.value if key not in BESIDE]
    if len(kinds) != 1:
        found = ", ".join(kinds) or "none"
        generator.problem(f"a generator has exactly one kind, this one has {found}")
        return
    (kind,) = kinds
    generator.section("selector")
    _template(generator)
    if not_run(kind):
        return
    if kind not in _CHECKS:
        generator.problem(f"there is no generator {kind}; there are {', '.join(_CHECKS)}", kind)
        return
    section = generator.section(kind)
    if section is not None:
        _CHECKS[kind](section)
        _template(section)
        section.told_apart()
    elif generator.value[kind] is None and kind != "clusters":
        generator.problem("is empty", kind)


def _template(fields: Fields) -> None:
    if template := fields.section("template"):
        template.section("metadata")
        template.section("spec")


def _list(section: Fields) -> None:
    section.sections("elements")
    section.text("elementsYaml")


def _clusters(section: Fields) -> None:
    section.section("selector")
    section.text_map("values")
    section.flag("flatList")


def _git(section: Fields) -> None:
    section.text("repoURL")
    section.text("revision")
    section.text("pathParamPrefix")
    section.text_map("values")
    section.number("requeueAfterSeconds")
    rules = [*section.sections("directories"), *section.sections("files")]
    for one in rules:
        one.required("path")
        one.flag("exclude")
        one.told_apart()
    if not rules:
        section.problem("directories or files is missing")


def _matrix(section: Fields) -> None:
    count = len(checked_generators(section))
    if count != 2:
        section.problem(f"takes two generators, not {count}", "generators")


def _merge(section: Fields) -> None:
    if len(checked_generators(section)) < 2:
        section.problem("takes two generators or more", "generators")
    if not section.texts("mergeKeys"):
        section.problem("mergeKeys is missing: which parameters make two sets the same?")


_CHECKS: Mapping[str, Callable[[Fields], None]] = {
    "list": _list,
    "clusters": _clusters,
    "git": _git,
    "matrix": _matrix,
    "merge": _merge,
}
