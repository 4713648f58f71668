"""An ApplicationSet's fields, as far as Trunkline acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from trunkline.core.argo.application import Lines, check_name, section_of, told
from trunkline.core.argo.appset.generators import checked_generators
from trunkline.core.argo.appset.rollout import Rollout, parse_rollout
from trunkline.core.argo.fields import Fields, Problem, errors
from trunkline.core.component import ARGO_NAMESPACE, Origin, component_id
from trunkline.core.finding import Finding

POLICIES = ("sync", "create-only", "create-update", "create-delete")

# What Go's text/template takes, https://pkg.go.dev/text/template#Template.Option
_MISSING_KEY = ("default", "invalid", "zero", "error")


def generates_from_clusters(one: ApplicationSet) -> bool:
    """Whether clusters decide what a set makes, in whatever generator they stand."""
    waiting: list[Any] = [*one.generators]
    while waiting:
        generator = waiting.pop()
        if "clusters" in generator:
            return True
        for kind in ("matrix", "merge"):
            waiting.extend((generator.get(kind) or {}).get("generators") or ())
    return False


class ApplicationSet(Struct, frozen=True):
    """`generators` and `template` are as written, their shapes checked; `strict`: a missing key
    is an error; `preserve`: what is generated gets no finalizer; `policy` is `applicationsSync`:
    what becomes of an Application that is generated differently, or no more."""

    name: str
    namespace: str
    generators: tuple[Mapping[str, Any], ...]
    template: Mapping[str, Any]
    go: bool = False
    strict: bool = False
    patch: str = ""
    preserve: bool = False
    policy: str = "sync"
    rollout: Rollout | None = None
    origin: Origin = field(default_factory=Origin)

    @property
    def id(self) -> str:
        return component_id(self.name, self.namespace)

    @property
    def deletes(self) -> bool:
        """Whether an Application that the set generates no more is deleted."""
        return self.policy in ("sync", "create-delete")

    @property
    def updates(self) -> bool:
        """Whether an Application follows the set after it was generated first."""
        return self.policy in ("sync", "create-update")


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
    _check_rest(spec)
    found = ApplicationSet(
        name,
        metadata.text("namespace") or ARGO_NAMESPACE,
        generators,
        template.value,
        go=spec.flag("goTemplate"),
        strict=_options(spec) == "error",
        patch=spec.text("templatePatch"),
        preserve=bool(policy and policy.flag("preserveResourcesOnDeletion")),
        policy=_policy(policy),
        rollout=parse_rollout(spec.section("strategy")),
        origin=origin,
    )
    findings = told(problems, "applicationset", name, origin, lines)
    return (None if errors(problems) else found), findings


def _options(spec: Fields) -> str:
    """What `missingkey` of goTemplateOptions says; the last one counts."""
    said = "default"
    for at, option in enumerate(spec.texts("goTemplateOptions")):
        key, _, value = option.partition("=")
        if key != "missingkey" or value not in _MISSING_KEY:
            known = ", ".join(_MISSING_KEY)
            spec.problem(
                f"{option!r} is no option; there is missingkey= with one of {known}",
                "goTemplateOptions",
                at,
            )
        said = value
    return said


def _policy(fields: Fields | None) -> str:
    if fields is None:
        return "sync"
    said = fields.text("applicationsSync") or "sync"
    if said not in POLICIES:
        fields.problem(f"{said!r} is none of {', '.join(POLICIES)}", "applicationsSync")
    fields.told_apart()
    return said


def _check_rest(spec: Fields) -> None:
    """Fields about Applications as objects of a cluster, where somebody else may edit them."""
    spec.ignored("ignoreApplicationDifferences", "preservedFields", "applyNestedSelectors")
