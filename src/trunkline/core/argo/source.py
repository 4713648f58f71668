"""The sources of an Application: where its manifests come from.

The sections helm, kustomize, directory and plugin are checked here and kept as they are written;
what they mean is told by the kind that renders them.
"""

from __future__ import annotations

from trunkline.core.argo.fields import Fields
from trunkline.core.component import Source

_TOOLS = ("helm", "kustomize", "directory", "plugin")


def parse_sources(spec: Fields) -> tuple[Source, ...]:
    """All sources of an Application; `sources` wins over `source`, as in Argo CD."""
    single, several = spec.section("source"), spec.sections("sources")
    hydrator = spec.section("sourceHydrator")
    if several:
        return tuple(_source(one) for one in several)
    if hydrator:
        return (_hydrated(hydrator),)
    if single:
        return (_source(single),)
    spec.problem("neither source nor sources is there")
    return ()


def _source(fields: Fields) -> Source:
    for tool, check in _CHECKS.items():
        if section := fields.section(tool):
            check(section)
            section.told_apart()
    source = Source(
        repo_url=fields.required("repoURL"),
        path=fields.text("path"),
        chart=fields.text("chart"),
        target_revision=fields.text("targetRevision"),
        tag_prefix=fields.text("tagPrefix"),
        ref=fields.text("ref"),
        name=fields.text("name"),
        helm=fields.value.get("helm"),
        kustomize=fields.value.get("kustomize"),
        directory=fields.value.get("directory"),
        plugin=fields.value.get("plugin"),
    )
    _check_together(fields, source)
    fields.told_apart()
    return source


def _check_together(fields: Fields, source: Source) -> None:
    tools = [name for name in _TOOLS if fields.value.get(name)]
    if len(tools) > 1:
        fields.problem(f"{' and '.join(tools)} exclude each other: a source has one kind")
    if source.path and source.chart:
        fields.problem("path and chart exclude each other")
    if not any(fields.value.get(key) for key in ("path", "chart", "ref")):
        fields.problem("path (of a Git repository) or chart (of a Helm repository) is missing")
    if source.chart and not source.target_revision:
        fields.problem("targetRevision, the version of the chart, is missing")


def _hydrated(hydrator: Fields) -> Source:
    """What Argo CD applies of a sourceHydrator: the branch that it writes the manifests to."""
    dry, sync = hydrator.section("drySource"), hydrator.section("syncSource")
    if dry is None or sync is None:
        hydrator.problem("drySource and syncSource are both needed")
        return Source("")
    return Source(
        repo_url=sync.text("repoURL") or dry.required("repoURL"),
        path=sync.required("path"),
        target_revision=sync.required("targetBranch"),
    )


def _helm(helm: Fields) -> None:
    for name in ("releaseName", "values", "namespace", "kubeVersion", "version"):
        helm.text(name)
    for name in ("skipCrds", "skipTests", "skipSchemaValidation", "ignoreMissingValueFiles"):
        helm.flag(name)
    helm.flag("passCredentials")
    helm.texts("valueFiles")
    helm.texts("apiVersions")
    helm.section("valuesObject")
    for parameter in helm.sections("parameters"):
        parameter.required("name")
        parameter.text("value")
        parameter.flag("forceString")
        parameter.told_apart()
    for parameter in helm.sections("fileParameters"):
        parameter.required("name")
        parameter.required("path")


def _kustomize(kustomize: Fields) -> None:
    for name in ("namePrefix", "nameSuffix", "namespace", "version", "kubeVersion"):
        kustomize.text(name)
    for name in ("commonLabels", "commonAnnotations"):
        kustomize.text_map(name)
    for name in (
        "labelWithoutSelector",
        "labelIncludeTemplates",
        "forceCommonLabels",
        "forceCommonAnnotations",
        "commonAnnotationsEnvsubst",
        "ignoreMissingComponents",
    ):
        kustomize.flag(name)
    for name in ("images", "components", "apiVersions"):
        kustomize.texts(name)
    for replica in kustomize.sections("replicas"):
        replica.required("name")
        if not isinstance(replica.value.get("count"), int | str):
            replica.problem("is a number or a string of digits", "count")
    for patch in kustomize.sections("patches"):
        patch.text("patch")
        patch.text("path")
        patch.section("target")
        patch.section("options")


def _directory(directory: Fields) -> None:
    directory.flag("recurse")
    directory.text("include")
    directory.text("exclude")
    if jsonnet := directory.section("jsonnet"):
        jsonnet.texts("libs")
        for variable in (*jsonnet.sections("extVars"), *jsonnet.sections("tlas")):
            variable.required("name")
            variable.text("value")
            variable.flag("code")


def _plugin(plugin: Fields) -> None:
    plugin.text("name")
    plugin.sections("env")
    plugin.sections("parameters")


_CHECKS = {"helm": _helm, "kustomize": _kustomize, "directory": _directory, "plugin": _plugin}
