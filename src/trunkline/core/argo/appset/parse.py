"""An ApplicationSet's fields, as far as Trunkline acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trunkline.core.argo.application import Lines, check_name, section_of, told
from trunkline.core.argo.appset.generators import checked_generators
from trunkline.core.argo.fields import Fields, Problem, errors
from trunkline.core.component import ARGO_NAMESPACE, Origin
from trunkline.core.finding import Finding


@dataclass(frozen=True, slots=True)
class ApplicationSet:
    """`generators` and `template` are as written, their shapes checked; `strict`: a missing key
    is an error; `preserve`: what is generated gets no finalizer."""

    name: str
    namespace: str
    generators: tuple[Mapping[str, Any], ...]
    template: Mapping[str, Any]
    go: bool = False
    strict: bool = False
    patch: str = ""
    preserve: bool = False
    origin: Origin = field(default_factory=Origin)


def parse_application_set(
    manifest: Mapping[str, Any], origin: Origin, lines: Lines | None = None
) -> tuple[ApplicationSet | None, tuple[Finding, ...]]:
    """The ApplicationSet, None where it is broken, and what is to be said of it."""
    problems: list[Problem] = []
    whole = Fields(manifest, (), problems)
    metadata, spec = section_of(whole, "metadata"), section_of(whole, "spec")
    name = check_name(metadata)
    template = section_of(spec, "template")
    for key in ("metadata", "spec"):
        section_of(template, key)
    generators = checked_generators(spec)
    if spec.value and not spec.value.get("generators"):
        spec.problem("generators is missing or empty: nothing would be generated")
    policy = spec.section("syncPolicy")
    found = ApplicationSet(
        name,
        metadata.text("namespace") or ARGO_NAMESPACE,
        generators,
        template.value,
        go=spec.flag("goTemplate"),
        strict="missingkey=error" in spec.texts("goTemplateOptions"),
        patch=spec.text("templatePatch"),
        preserve=bool(policy and policy.flag("preserveResourcesOnDeletion")),
        origin=origin,
    )
    findings = told(problems, "applicationset", name, origin, lines)
    return (None if errors(problems) else found), findings
