"""The desired state of one component in one cluster: what a plan compares and a sync applies."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.component import Component
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.unstable import Leaf, with_kept


class Desired(Struct, frozen=True):
    """`manifests` are what is applied; `declared` are the Applications, ApplicationSets and
    AppProjects of an app of apps, which become components and are not applied themselves.
    `error` says why there is no render, or none that may be acted on; `manifests` is then empty and
    means nothing; `lacks` is the unit of infrastructure whose outputs are not there for it.
    `unstable` are the values that each render makes anew.
    """

    component: Component
    cluster: str
    manifests: tuple[Manifest, ...] = ()
    declared: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str = ""
    unstable: tuple[Leaf, ...] = ()
    lacks: str = ""

    def beside(self, standing: Callable[[Ref], Manifest | None]) -> Desired:
        """The same with what stands already where a render makes something anew."""
        if not self.unstable:
            return self
        return replace(self, manifests=with_kept(self.manifests, self.unstable, standing))

    @property
    def refs(self) -> frozenset[Ref]:
        return frozenset(Ref.of(one) for one in self.manifests)
