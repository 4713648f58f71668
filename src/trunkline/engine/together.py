"""What the components of one plan mean for each other, cluster by cluster.

Seen alone, a component only knows that its object is marked as another's, or that its kind is not
there. With all of them at hand it can be said who renders it too, and who brings the kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from trunkline.core.desired import Desired
from trunkline.core.finding import Finding, Severity
from trunkline.core.scope import crd_scope, is_crd
from trunkline.engine.wants import wanted_by

SHARED = "shared-object"
UNSERVED = "unserved-kind"

Rendered = Mapping[str, Sequence[Desired]]
"""The components' desired states by cluster."""


def together(findings: Sequence[Finding], rendered: Rendered) -> list[Finding]:
    """The findings of single components, as they are once all components are known."""
    shared = list(_shared(rendered))
    known = {(one.cluster, one.ref) for one in shared}
    brought = _brought(rendered)
    told = [one for one in findings if one.rule != SHARED or (one.cluster, one.ref) not in known]
    return [*(_served(one, brought) for one in told), *shared]


def _shared(rendered: Rendered) -> Iterator[Finding]:
    """A finding for each object that two components render into one cluster."""
    for cluster, desired in sorted(rendered.items()):
        for ref, ids in sorted(wanted_by(desired).items()):
            if len(ids) > 1:
                said = f"{ref} is rendered by {' and by '.join(ids)}; the last that syncs wins"
                yield Finding(
                    SHARED, said, Severity.WARNING, component=ids[0], cluster=cluster, ref=ref
                )


def _brought(rendered: Rendered) -> dict[tuple[str, str, str], str]:
    """Who brings a kind: by cluster, group and kind."""
    return {
        (cluster, *crd_scope(crd)[0]): one.component.id
        for cluster, desired in rendered.items()
        for one in desired
        for crd in one.manifests
        if is_crd(crd)
    }


def _served(finding: Finding, brought: Mapping[tuple[str, str, str], str]) -> Finding:
    """A kind that another component brings is no mistake: its sync waits for that."""
    if finding.rule != UNSERVED or finding.ref is None:
        return finding
    ref = finding.ref
    bringer = brought.get((finding.cluster, ref.group, ref.kind))
    if bringer is None:
        return finding
    said = f"{ref} waits for {bringer}, which brings its kind"
    return replace(finding, message=said, severity=Severity.NOTE)
