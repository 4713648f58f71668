"""The sections of `trunkline.yaml` as values: what each key means, its default, its bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from trunkline.core.component import IN_CLUSTER
from trunkline.core.trouble import Trouble
from trunkline.settings.section import Glob, Section, said

MEBIBYTE = 2**20


Name = Annotated[str, Meta(min_length=1, max_length=253)]


class SettingsError(Trouble):
    """Settings that cannot be used; each line of the message is `file:line: key: what`."""


class RepositorySettings(Section, frozen=True):
    """Which addresses mean this repository, and which branch is the one timeline."""

    urls: Annotated[tuple[str, ...], said("Addresses that mean this repository.")] = ()
    branch: Annotated[str, said("The tracked branch; the remote's default if not said.")] = ""
    submodules: Annotated[bool, said("Read the files of its Git submodules.")] = True


class DiscoverySettings(Section, frozen=True):
    """Where Applications are looked for; globs over paths, `**` for any directories."""

    include: Annotated[tuple[Glob, ...], said("Only files that match one of these.")] = ()
    exclude: Annotated[tuple[Glob, ...], said("No file that matches one of these.")] = ()


class ClusterSettings(Section, frozen=True):
    """One cluster and how it is reached."""

    name: Annotated[Name, said("The name that Applications use.")]
    server: Annotated[str, said("The address that Applications may use instead.")] = ""
    labels: Annotated[dict[str, str], said("For the cluster generator, e.g. region and tier.")] = {}
    annotations: Annotated[
        dict[str, str], said("For the cluster generator, as a cluster Secret has them.")
    ] = {}
    context: Annotated[str, said("The kubeconfig's context; the name if not said.")] = ""
    kubeconfig: Annotated[str, said("A kubeconfig of its own, outside the repository.")] = ""
    in_cluster: Annotated[bool, said("The cluster that Trunkline itself runs in.")] = False
    unit: Annotated[
        str, said("The unit of infrastructure that makes it: its outputs say how it is reached.")
    ] = ""
    kube_version: Annotated[str, said("For plans without the cluster, e.g. 1.36.3.")] = ""
    api_versions: Annotated[
        tuple[str, ...], said("For plans without the cluster, e.g. monitoring.coreos.com/v1.")
    ] = ()
    project: Annotated[str, said("The only AppProject that may use it.")] = ""


class DefaultSettings(Section, frozen=True):
    """What counts for a cluster that says nothing else, where a plan is made without it."""

    kube_version: Annotated[str, said("The Kubernetes version, e.g. 1.36.3.")] = ""
    api_versions: Annotated[
        tuple[str, ...], said("What is served beside the usual, e.g. monitoring.coreos.com/v1.")
    ] = ()


class RenderLimits(Section, frozen=True):
    """What one render may take."""

    workers: Annotated[
        Annotated[int, Meta(ge=1, le=256)] | None, said("Processes; one per core if not.")
    ] = None
    memory: Annotated[int, said("MiB of memory.", ge=64, le=65536)] = 1024
    seconds: Annotated[float, said("Seconds from start to end.", gt=0, le=3600)] = 60.0
    output: Annotated[int, said("MiB of manifests.", ge=1, le=4096)] = 64


class ClusterLimits(Section, frozen=True):
    """What one cluster is asked at most."""

    connections: Annotated[int, said("Connections at a time.", ge=1, le=1000)] = 24
    requests_per_second: Annotated[float, said("Requests a second.", gt=0)] = 1000.0
    timeout: Annotated[float, said("Seconds for one request.", gt=0, le=600)] = 30.0


class LimitSettings(Section, frozen=True):
    """Limits on what a run takes and asks."""

    render: RenderLimits = RenderLimits()
    cluster: ClusterLimits = ClusterLimits()
    wave_timeout: Annotated[
        float, said("Seconds for a wave to become healthy, and for its hooks.", gt=0)
    ] = 300.0


class KustomizeSettings(Section, frozen=True):
    """How kustomizations are rendered."""

    remote_bases: Annotated[
        bool, said("Fetch directories of other Git repositories, and files, that they name.")
    ] = False
    load_restrictor: Annotated[
        Literal["", "LoadRestrictionsRootOnly", "LoadRestrictionsNone"],
        said(
            "LoadRestrictionsNone: they may read files from anywhere in the repository; what the "
            "argocd-cm of the repository says if not said here."
        ),
    ] = ""


class HealthSettings(Section, frozen=True):
    """How the health of objects is judged."""

    rules: Annotated[
        tuple[str, ...],
        said(
            "Folders of health rules in Lua, <group>/<kind>/health.lua as in Argo CD's "
            "resource_customizations, beside those of that name."
        ),
    ] = ()


class UnitSettings(Section, frozen=True):
    """What is said of some units."""

    path: Annotated[
        Glob,
        said(
            "A glob over ids and directories of units. One without a sign of a pattern "
            "makes its directory a unit."
        ),
    ]
    name: Annotated[str, said("How it is called.")] = ""
    labels: Annotated[dict[str, str], said("E.g. region and team.")] = {}
    depends_on: Annotated[
        tuple[str, ...],
        said("Units that it waits for beside those that its files name, and Applications."),
    ] = ()
    secrets_for: Annotated[
        tuple[Glob, ...],
        said("Globs over Applications that may have its sensitive outputs, in a Secret."),
    ] = ()


Content = Literal["delete", "replace", "forget", "data", "change"]


class PolicySettings(Section, frozen=True):
    """What is applied to some units, and after whose word. The first that fits a unit counts."""

    units: Annotated[Glob, said("A glob over ids of units.")] = field(
        default_factory=lambda: Glob("**")
    )
    apply: Annotated[
        Literal["seen", "auto", "approve", "never"],
        said(
            "seen: what was planned before; auto: also what is planned meanwhile; "
            "approve: what somebody approved; never."
        ),
    ] = "seen"
    approve_if: Annotated[
        tuple[Content, ...], said("What in a plan wants an approval, e.g. delete, data.")
    ] = ()
    never_if: Annotated[tuple[Content, ...], said("What is not applied, whoever approves it.")] = ()


class InfraSettings(Section, frozen=True):
    """Terraform and Terragrunt: which units there are, and how they are run."""

    program: Annotated[
        Literal["", "tofu", "terraform"],
        said("What the units are written for; OpenTofu where it is there, if not said."),
    ] = ""
    environment: Annotated[
        tuple[str, ...] | None,
        said(
            "Variables that the programs see, e.g. AWS_*; "
            "those of the usual clouds and backends if not said."
        ),
    ] = None
    include: Annotated[tuple[Glob, ...], said("Only directories that match one of these.")] = ()
    exclude: Annotated[tuple[Glob, ...], said("No directory that matches one of these.")] = ()
    units: Annotated[tuple[UnitSettings, ...], said("Names, labels, additions.")] = ()
    parallelism: Annotated[int, said("How many programs run at the same time.", ge=1, le=64)] = 4
    timeout: Annotated[float, said("Seconds for one plan or apply.", gt=0, le=86400)] = 3600.0
    lock_timeout: Annotated[
        int, said("Seconds that a locked state is waited for.", ge=0, le=3600)
    ] = 60
    mock_outputs: Annotated[
        bool, said("Plan on Terragrunt's mock outputs where the true ones are not there yet.")
    ] = False
    untrusted: Annotated[
        Literal["nothing", "vetted"],
        said(
            "What is planned of a change from outside (infra plan --untrusted), by the "
            "base's settings: nothing, or units to which it brings no code, without credentials."
        ),
    ] = "nothing"
    policy: Annotated[
        tuple[PolicySettings, ...], said("Which plans are applied, and after whose word.")
    ] = ()
    data: Annotated[
        tuple[str, ...], said("Resource types whose end destroys data, e.g. acme_store*.")
    ] = ()


class Settings(Section, frozen=True):
    """The whole file."""

    repository: RepositorySettings = RepositorySettings()
    discovery: DiscoverySettings = DiscoverySettings()
    clusters: Annotated[tuple[ClusterSettings, ...], said("Beside those of Secrets.")] = ()
    meta_cluster: Annotated[str, said(f"The cluster that {IN_CLUSTER} means: Argo CD's own.")] = ""
    defaults: DefaultSettings = DefaultSettings()
    limits: LimitSettings = LimitSettings()
    kustomize: KustomizeSettings = KustomizeSettings()
    health: HealthSettings = HealthSettings()
    infra: InfraSettings = InfraSettings()
