"""What a component should be in its cluster, kept small: a fingerprint of each object.

The manifests themselves are let go. Whoever has to apply something renders again, which the
render cache answers. `basis` is all that the render and what follows from it depends on: while it
is equal, nothing needs to be rendered to know that nothing has changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.component import Cluster, Component
from trunkline.core.desired import Desired
from trunkline.core.diff.credentials import secret_values
from trunkline.core.digest import judged
from trunkline.core.finding import Finding
from trunkline.core.health import uncounted
from trunkline.core.hooks import is_hook
from trunkline.core.manifest import Ref
from trunkline.core.marks import marked
from trunkline.core.options import is_on
from trunkline.core.rendering import Capabilities, RenderError
from trunkline.core.scope import Scopes
from trunkline.edge.cluster.discovery import Discovery
from trunkline.engine.desire import Desires, Target
from trunkline.engine.live import Live
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene
from trunkline.engine.watch.digests import Kind

NAMESPACE: Kind = ("", "Namespace")


class Wanted(Struct, frozen=True):
    """`marks` are the fingerprints of what is compared: hooks apart, and what has no name.
    `namespace` is the one that CreateNamespace asks for, "" for none. `error` says why there is
    no render. `secrets` are hidden in what its objects say. `aside` are those whose health does not
    count.
    """

    component: Component
    basis: object = None
    marks: Mapping[Ref, str] = field(default_factory=dict)
    hooks: frozenset[Ref] = frozenset()
    namespace: str = ""
    error: str = ""
    findings: tuple[Finding, ...] = ()
    secrets: frozenset[bytes] = frozenset()
    aside: frozenset[Ref] = frozenset()

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds that must be watched for it."""
        found = {(ref.group, ref.kind) for ref in (*self.marks, *self.hooks)}
        return frozenset(found | ({NAMESPACE} if self.namespace else set()))

    def same(self, other: Wanted) -> bool:
        """Whether both want the same objects, however they came to it."""
        return (self.marks, self.hooks, self.namespace, self.error) == (
            other.marks,
            other.hooks,
            other.namespace,
            other.error,
        )

    @property
    def namespace_ref(self) -> Ref | None:
        return Ref(*NAMESPACE, "", self.namespace) if self.namespace else None


class Served(Struct, frozen=True, eq=False):
    """What a cluster serves, as far as renders depend on it. Equal only to itself: whoever finds
    the same again keeps the old one.
    """

    capabilities: Capabilities
    namespaced: Mapping[Kind, bool]
    scopes: Scopes

    @classmethod
    def of(cls, discovery: Discovery) -> Served:
        capabilities = Capabilities(discovery.kube_version, discovery.api_versions)
        namespaced = discovery.scopes()
        return cls(capabilities, namespaced, Scopes(namespaced))

    def same(self, other: Served) -> bool:
        ours, theirs = (self.capabilities, self.namespaced), (other.capabilities, other.namespaced)
        return ours == theirs


async def basis_of(
    component: Component, cluster: Cluster, scene: Scene, desires: Desires, served: Served
) -> object:
    """Equal for two commits that give the component the same objects; nothing is rendered."""
    found = scene.discovered
    try:
        asked = await desires.requests(component, scene.world, served.capabilities)
        renders: object = tuple((request.key, work.handed.secrets) for request, work in asked)
    except RenderError as error:
        renders = str(error)
    return (
        renders,
        component.id,
        component.destination,
        component.policy.options,
        component.ignore,
        component.project,
        found.projects.get(component.project),
        cluster,
        served,
    )


async def wanted_of(
    component: Component,
    cluster: Cluster,
    scene: Scene,
    desires: Desires,
    served: Served,
    live: Live,
) -> Wanted:
    """Render the component and keep what must be kept of it. Raises ApiError: where a render makes
    something anew, what is wanted depends on what is live.
    """
    found = scene.discovered
    rules = rules_for(component, found.projects, found.fleet)
    target = Target(cluster.name, served.capabilities, served.scopes, rules)
    desired = await desires.desired(component, scene.world, target)
    await live.load({one.ref for one in desired.unstable})
    desired = desired.beside(live.get)
    wanted = condensed(desired, await basis_of(component, cluster, scene, desires, served))
    return replace(wanted, secrets=secret_values(desired.manifests))


def condensed(desired: Desired, basis: object) -> Wanted:
    component = desired.component
    hooks = frozenset(Ref.of(one) for one in desired.manifests if is_hook(one))
    creates = is_on(component.policy.options, "CreateNamespace")
    return Wanted(
        component,
        basis,
        {
            Ref.of(one): judged(marked(one, component.id), component.ignore)
            for one in desired.manifests
            if not is_hook(one) and one["metadata"].get("name")
        },
        hooks,
        component.destination.namespace if creates else "",
        desired.error,
        desired.findings,
        aside=uncounted(desired.manifests),
    )
