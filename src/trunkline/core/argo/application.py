"""Application: the wire object, read into a Component.

https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/
A mistake that the API server would refuse gives no component and a finding for each mistake; what
only looks wrong (a misspelt field) is a warning beside the component.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from trunkline.core.argo.fields import Fields, Path, Problem, errors
from trunkline.core.argo.policy import parse_policy
from trunkline.core.argo.source import parse_sources
from trunkline.core.component import (
    ARGO_NAMESPACE,
    Component,
    Destination,
    IgnoreRule,
    Origin,
    component_id,
)
from trunkline.core.finding import Finding, Severity

Lines = Callable[[Path], int]
"""The line of a field of the object in its file; 0 where it is not known."""

# RFC 1123 subdomains, https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_NAME = 253


class Parsed(NamedTuple):
    """The component, None where the object is broken, and what is to be said of it."""

    component: Component | None
    findings: tuple[Finding, ...]


def parse_application(
    manifest: Mapping[str, Any],
    origin: Origin,
    parent: str = "",
    lines: Lines | None = None,
    namespace: str = ARGO_NAMESPACE,
) -> Parsed:
    """The component of an Application; `namespace` is for one that names none."""
    problems: list[Problem] = []
    whole = Fields(manifest, (), problems)
    component = _component(whole, origin, parent, namespace)
    findings = told(problems, "application", component.id, origin, lines)
    return Parsed(None if errors(problems) else component, findings)


def told(
    problems: list[Problem], what: str, name: str, origin: Origin, lines: Lines | None = None
) -> tuple[Finding, ...]:
    """The problems of one object as findings, at their lines where they can be found."""
    return tuple(
        Finding(
            f"bad-{what}",
            f"{name}: {problem}" if name else str(problem),
            Severity.WARNING if problem.warning else Severity.ERROR,
            file=origin.file,
            line=(lines(problem.path) if lines else 0) or origin.line,
            component=name if what == "application" else "",
        )
        for problem in problems
    )


def check_name(metadata: Fields) -> str:
    """The object's name; a problem if Kubernetes could not hold it."""
    name = metadata.required("name")
    if name and (len(name) > _LONGEST_NAME or not _NAME.fullmatch(name)):
        metadata.problem(
            f"{name[:80]!r} is no name: lower-case letters, digits, '-' and '.', "
            f"at most {_LONGEST_NAME}",
            "name",
        )
    return name


def section_of(whole: Fields, key: str) -> Fields:
    """A section that must be there: where it is not, one problem and not one for each field."""
    section = whole.section(key)
    if section is None:
        if whole.value.get(key) is None:
            whole.problem(f"{key} is missing")
        return Fields({}, (key,), [])
    return section


def _component(whole: Fields, origin: Origin, parent: str, namespace: str) -> Component:
    metadata = section_of(whole, "metadata")
    name = check_name(metadata)
    home = metadata.text("namespace") or namespace
    labels, annotations = metadata.text_map("labels"), metadata.text_map("annotations")
    finalizers = metadata.texts("finalizers")
    spec = section_of(whole, "spec")
    component = Component(
        id=component_id(name, home),
        name=name,
        namespace=home,
        project=spec.text("project") or "default",
        destination=_destination(spec),
        sources=parse_sources(spec),
        policy=parse_policy(spec.section("syncPolicy")),
        ignore=tuple(_ignore_rule(one) for one in spec.sections("ignoreDifferences")),
        labels=labels,
        annotations=annotations,
        finalizers=finalizers,
        origin=origin,
        parent=parent,
    )
    _check_rest(spec)
    return component


def _check_rest(spec: Fields) -> None:
    """Fields that are checked though nothing here depends on them."""
    spec.number("revisionHistoryLimit")
    for one in spec.sections("info"):
        one.text("name")
        one.text("value")
    spec.told_apart()


def _destination(spec: Fields) -> Destination:
    fields = spec.section("destination")
    if fields is None:
        spec.problem("destination is missing")
        return Destination()
    found = Destination(fields.text("name"), fields.text("server"), fields.text("namespace"))
    if found.name and found.server:
        fields.problem("name and server exclude each other: a cluster is named in one way")
    if "server" in fields.value and not (found.name or fields.value["server"]):
        # Filled in from a cluster whose access is known and whose address is not.
        fields.problem("server is empty; a cluster needs one in trunkline.yaml to be named by it")
    elif not (fields.value.get("name") or fields.value.get("server")):
        fields.problem("name or server of a cluster is missing")
    fields.told_apart()
    return found


def _ignore_rule(fields: Fields) -> IgnoreRule:
    rule = IgnoreRule(
        group=fields.text("group"),
        kind=fields.required("kind"),
        name=fields.text("name"),
        namespace=fields.text("namespace"),
        json_pointers=fields.texts("jsonPointers"),
        jq_expressions=fields.texts("jqPathExpressions"),
        managers=fields.texts("managedFieldsManagers"),
    )
    fields.told_apart()
    return rule
