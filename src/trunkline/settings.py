"""`trunkline.yaml`: the little that no file of the ecosystem can say. Every key is optional.

The file is part of a commit, so a pull request can change it: nothing in it names a program to
run, or a place on this machine to write to.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec.structs import replace
from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from trunkline.core.argo.glob import BadPattern, deep_matches
from trunkline.core.argo.place import line_of
from trunkline.core.component import IN_CLUSTER, Cluster, Origin
from trunkline.core.trouble import Trouble
from trunkline.core.yaml import YamlError, load
from trunkline.section import Section, mistakes

MEBIBYTE = 2**20

Name = Annotated[str, Field(min_length=1, max_length=253)]


def _glob(pattern: str) -> str:
    try:
        deep_matches(pattern, "")
    except BadPattern as error:
        raise PydanticCustomError("glob", "{said}", {"said": str(error)}) from None
    return pattern


Glob = Annotated[str, AfterValidator(_glob)]


class SettingsError(Trouble):
    """Settings that cannot be used; each line of the message is `file:line: key: what`."""


class RepositorySettings(Section):
    """Which addresses mean this repository, and which branch is the one timeline."""

    urls: tuple[str, ...] = Field(default=(), description="Addresses that mean this repository.")
    branch: str = Field(
        default="", description="The tracked branch; the remote's default if not said."
    )


class DiscoverySettings(Section):
    """Where Applications are looked for; globs over paths, `**` for any directories."""

    include: tuple[Glob, ...] = Field(default=(), description="Only files that match one of these.")
    exclude: tuple[Glob, ...] = Field(default=(), description="No file that matches one of these.")


class ClusterSettings(Section):
    """One cluster and how it is reached."""

    name: Name = Field(description="The name that Applications use.")
    server: str = Field(default="", description="The address that Applications may use instead.")
    labels: dict[str, str] = Field(
        default_factory=dict, description="For the cluster generator, e.g. region and tier."
    )
    annotations: dict[str, str] = Field(
        default_factory=dict, description="For the cluster generator, as a cluster Secret has them."
    )
    context: str = Field(default="", description="The kubeconfig's context; the name if not said.")
    kubeconfig: str = Field(
        default="", description="A kubeconfig of its own, outside the repository."
    )
    in_cluster: bool = Field(
        default=False, description="The cluster that Trunkline itself runs in."
    )
    unit: str = Field(
        default="",
        description="The unit of infrastructure that makes it: its outputs say how it is reached.",
    )
    kube_version: str = Field(default="", description="For plans without the cluster, e.g. 1.36.3.")
    api_versions: tuple[str, ...] = Field(
        default=(), description="For plans without the cluster, e.g. monitoring.coreos.com/v1."
    )
    project: str = Field(default="", description="The only AppProject that may use it.")


class DefaultSettings(Section):
    """What counts for a cluster that says nothing else, where a plan is made without it."""

    kube_version: str = Field(default="", description="The Kubernetes version, e.g. 1.36.3.")
    api_versions: tuple[str, ...] = Field(
        default=(), description="What is served beside the usual, e.g. monitoring.coreos.com/v1."
    )


class RenderLimits(Section):
    """What one render may take."""

    workers: int | None = Field(
        default=None, ge=1, le=256, description="Processes; one per core if not."
    )
    memory: int = Field(default=1024, ge=64, le=65536, description="MiB of memory.")
    seconds: float = Field(default=60.0, gt=0, le=3600, description="Seconds from start to end.")
    output: int = Field(default=64, ge=1, le=4096, description="MiB of manifests.")


class ClusterLimits(Section):
    """What one cluster is asked at most."""

    connections: int = Field(default=24, ge=1, le=1000, description="Connections at a time.")
    requests_per_second: float = Field(default=1000.0, gt=0, description="Requests a second.")
    timeout: float = Field(default=30.0, gt=0, le=600, description="Seconds for one request.")


class LimitSettings(Section):
    """Limits on what a run takes and asks."""

    render: RenderLimits = RenderLimits()
    cluster: ClusterLimits = ClusterLimits()
    wave_timeout: float = Field(
        default=300.0, gt=0, description="Seconds for a wave to become healthy, and for its hooks."
    )


class KustomizeSettings(Section):
    """How kustomizations are rendered."""

    remote_bases: bool = Field(
        default=False, description="Fetch the directories of other Git repositories they name."
    )


class HealthSettings(Section):
    """How the health of objects is judged."""

    rules: tuple[str, ...] = Field(
        default=(),
        description="Folders of health rules in Lua, <group>/<kind>/health.lua as in Argo CD's "
        "resource_customizations, beside those of that name.",
    )


class UnitSettings(Section):
    """What is said of some units."""

    path: Glob = Field(
        description="A glob over ids and directories of units. One without a sign of a pattern "
        "makes its directory a unit."
    )
    name: str = Field(default="", description="How it is called.")
    labels: dict[str, str] = Field(default_factory=dict, description="E.g. region and team.")
    depends_on: tuple[str, ...] = Field(
        default=(),
        description="Units that it waits for beside those that its files name, and Applications.",
    )


Content = Literal["delete", "replace", "forget", "data", "change"]


class PolicySettings(Section):
    """What is applied to some units, and after whose word. The first that fits a unit counts."""

    units: Glob = Field(default="**", description="A glob over ids of units.")
    apply: Literal["seen", "auto", "approve", "never"] = Field(
        default="seen",
        description="seen: what was planned before; auto: also what is planned meanwhile; "
        "approve: what somebody approved; never.",
    )
    approve_if: tuple[Content, ...] = Field(
        default=(), description="What in a plan wants an approval, e.g. delete, data."
    )
    never_if: tuple[Content, ...] = Field(
        default=(), description="What is not applied, whoever approves it."
    )


class InfraSettings(Section):
    """Terraform and Terragrunt: which units there are, and how they are run."""

    program: Literal["", "tofu", "terraform"] = Field(
        default="",
        description="What the units are written for; OpenTofu where it is there, if not said.",
    )
    environment: tuple[str, ...] | None = Field(
        default=None,
        description="Variables that the programs see, e.g. AWS_*; those of the usual clouds "
        "if not said.",
    )
    include: tuple[Glob, ...] = Field(
        default=(), description="Only directories that match one of these."
    )
    exclude: tuple[Glob, ...] = Field(
        default=(), description="No directory that matches one of these."
    )
    units: tuple[UnitSettings, ...] = Field(default=(), description="Names, labels, additions.")
    parallelism: int = Field(
        default=4, ge=1, le=64, description="How many programs run at the same time."
    )
    timeout: float = Field(
        default=3600.0, gt=0, le=86400, description="Seconds for one plan or apply."
    )
    lock_timeout: int = Field(
        default=60, ge=0, le=3600, description="Seconds that a locked state is waited for."
    )
    mock_outputs: bool = Field(
        default=False,
        description="Plan on Terragrunt's mock outputs where the true ones are not there yet.",
    )
    untrusted: Literal["nothing", "vetted"] = Field(
        default="nothing",
        description="What is planned of a change from outside (infra plan --untrusted), by the "
        "base's settings: nothing, or units to which it brings no code, without credentials.",
    )
    policy: tuple[PolicySettings, ...] = Field(
        default=(), description="Which plans are applied, and after whose word."
    )
    data: tuple[str, ...] = Field(
        default=(), description="Resource types whose end destroys data, e.g. acme_store*."
    )


class Settings(Section):
    """The whole file."""

    repository: RepositorySettings = Field(default_factory=RepositorySettings)
    discovery: DiscoverySettings = Field(default_factory=DiscoverySettings)
    clusters: tuple[ClusterSettings, ...] = Field(
        default=(), description="Beside those of Secrets."
    )
    meta_cluster: str = Field(
        default="", description=f"The cluster that {IN_CLUSTER} means: Argo CD's own."
    )
    defaults: DefaultSettings = Field(default_factory=DefaultSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    kustomize: KustomizeSettings = Field(default_factory=KustomizeSettings)
    health: HealthSettings = Field(default_factory=HealthSettings)
    infra: InfraSettings = Field(default_factory=InfraSettings)


def load_settings(data: bytes | None, file: str) -> Settings:
    """The settings of a file's bytes, the defaults for None. Raises SettingsError."""
    if data is None:
        return Settings()
    try:
        value = load(data)
    except YamlError as error:
        raise SettingsError(f"{file}:{error.line}: {error}") from None
    if value is None:
        return Settings()
    if not isinstance(value, dict):
        raise SettingsError(f"{file}:1: a map of settings is expected")
    try:
        found = Settings.model_validate(value)
    except ValidationError as error:
        raise SettingsError("\n".join(mistakes(error, Settings, data, file))) from None
    _check_names(found, data, file)
    return found


def clusters_of(settings: Settings, file: str) -> tuple[Cluster, ...]:
    """The clusters that the settings declare, in their order."""
    return tuple(
        Cluster(
            one.name,
            one.server,
            labels=one.labels,
            annotations=one.annotations,
            access=_access(one),
            kube_version=_version(one.kube_version),
            api_versions=one.api_versions,
            origin=Origin(file),
            project=one.project,
        )
        for one in settings.clusters
    )


def with_defaults(cluster: Cluster, settings: Settings) -> Cluster:
    """The cluster with the defaults for what nobody says of it."""
    return replace(
        cluster,
        kube_version=cluster.kube_version or _version(settings.defaults.kube_version),
        api_versions=cluster.api_versions or settings.defaults.api_versions,
    )


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    schema = Settings.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _access(one: ClusterSettings) -> dict[str, Any]:
    if one.in_cluster:
        return {"inCluster": True}
    if one.unit:
        return {"unit": one.unit.strip("/")}
    said = {"kubeconfig": one.kubeconfig, "context": one.context}
    return {key: value for key, value in said.items() if value}


def _version(text: str) -> str:
    return f"v{text.removeprefix('v')}" if text else ""


def _check_names(settings: Settings, data: bytes, file: str) -> None:
    seen: set[str] = set()
    for at, one in enumerate(settings.clusters):
        if one.name in seen:
            line = line_of(data, 1, ("clusters", at, "name"))
            raise SettingsError(f"{file}:{line}: clusters[{at}].name: {one.name} is there twice")
        seen.add(one.name)
    if settings.meta_cluster and settings.meta_cluster not in seen and seen:
        line = line_of(data, 1, ("metaCluster",))
        known = ", ".join(sorted(seen))
        raise SettingsError(
            f"{file}:{line}: metaCluster: no cluster is called {settings.meta_cluster} "
            f"(known: {known})"
        )
