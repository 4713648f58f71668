"""An ApplicationSet's fields, as far as Trunkline acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trunkline.core.argo.application import Lines, check_name, section_of, told
from trunkline.core.argo.fields import Fields, Problem, errors
from trunkline.core.component import ARGO_NAMESPACE, Origin
from trunkline.core.finding import Finding


@dataclass(frozen=True, slots=True)
class ApplicationSet:
    """`generators` and `template` are as written; `strict`: a missing key is an error."""

    name: str
    namespace: str
    generators: tuple[Mapping[str, Any], ...]
    template: Mapping[str, Any]
    go: bool = False
    strict: bool = False
    patch: str = ""
    preserve: bool = False
    """preserveResourcesOnDeletion: generated Applications get no finalizer."""
    origin: Origin = field(default_factory=Origin)


def parse_application_set(
    manifest: Mapping[str, Any], origin: Origin, lines: Lines | None = None
) -> tuple[ApplicationSet | None, tuple[Finding, ...]]:
    """The ApplicationSet, None where it is broken, and what is to be said of it."""
    problems: list[Problem] = []
    whole = Fields(manifest, (), problems)
    metadata, spec = section_of(whole, "metadata"), section_of(whole, "spec")
    name = check_name(metadata)
    generators = tuple(one.value for one in spec.sections("generators"))
    template = section_of(spec, "template")
    if not generators and spec.value:
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
