"""Which objects count for the health of their component: all but those that say otherwise.

https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#ignoring-child-resource-health-check-in-applications
"""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.core.manifest import Manifest, Ref, annotations_of

IGNORED = "argocd.argoproj.io/ignore-healthcheck"


def uncounted(manifests: Iterable[Manifest]) -> frozenset[Ref]:
    """Those of the objects whose own health is shown, and is nobody else's."""
    said = (one for one in manifests if str(annotations_of(one).get(IGNORED)).lower() == "true")
    return frozenset(map(Ref.of, said))
