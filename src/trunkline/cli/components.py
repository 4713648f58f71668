"""`trunkline components`: everything that a commit declares."""

from __future__ import annotations

from typing import Any

from trunkline.app.offline import OfflineApp
from trunkline.cli.console import escape, show_table
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import AsText, Debug, Kubeconfig, Output, Repo, Revision
from trunkline.cli.outside import Untrusted, trust_of
from trunkline.cli.plain import write_json
from trunkline.cli.running import Opening, opened, run, tell
from trunkline.core.argo.fleet import Fleet, UnknownCluster
from trunkline.core.component import Component, Destination

NOTHING = (
    "nothing is declared here: no Application and no ApplicationSet in any YAML file",
    "where a chart or a kustomization renders them, commit an Application that names it",
)


def components(
    repo: Repo = ".",
    revision: Revision = "",
    kubeconfig: Kubeconfig = "",
    output: AsText = Output.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """List the components of a commit: Applications, generated ones and those of app of apps.

    Example: trunkline components --revision HEAD~1 --output json
    """
    trust = trust_of(untrusted)
    opening = opened(OfflineApp, repo, kubeconfig=kubeconfig, revision=revision, trust=trust)
    run(_components(opening, revision, output), debug=debug)


async def _components(opening: Opening[OfflineApp], revision: str, output: Output) -> None:
    async with opening as (app, progress):
        scene = await app.scene(revision)
        found, misplaced = scene.discovered, await app.misplaced(scene)
        empty = not (found.components or found.findings)
        units = len((await app.units().at(revision or "HEAD")).units) if empty else 0
        progress.stop()
    rows = [component_json(one, found.fleet) for one in found.components]
    if output is Output.JSON:
        write_json(rows)
    elif empty:
        tell(*(NOTHING if not units else (NOTHING[0], _listed(units))))
    elif rows:
        headings = ("ID", "PROJECT", "CLUSTER", "NAMESPACE", "SOURCE", "PARENT")
        keys = ("id", "project", "cluster", "namespace", "source", "parent")
        cells = ([escape(str(row[key])) for key in keys] for row in rows)
        show_table(headings, cells)
    tell_findings((*found.findings, *misplaced))


def _listed(units: int) -> str:
    those = "unit is" if units == 1 else "units are"
    return f"its {units} {those} listed by trunkline infra units"


def component_json(component: Component, fleet: Fleet) -> dict[str, Any]:
    """The fixed form of a component: `namespace` is the destination's."""
    first = component.sources[0] if component.sources else None
    return {
        "id": component.id,
        "kind": component.kind.value,
        "name": component.name,
        "namespace": component.destination.namespace,
        "project": component.project,
        "cluster": cluster_name(component.destination, fleet),
        "source": first.said if first else "",
        "revision": first.target_revision if first else "",
        "parent": component.parent,
        "applicationNamespace": component.namespace,
        "sources": [
            {
                "repoURL": one.repo_url,
                "path": one.path,
                "chart": one.chart,
                "targetRevision": one.target_revision,
                "ref": one.ref,
            }
            for one in component.sources
        ],
        "file": component.origin.file,
        "line": component.origin.line,
    }


def cluster_name(destination: Destination, fleet: Fleet) -> str:
    """The cluster's name, or what the file says where no such cluster is known."""
    try:
        return fleet.resolve(destination).name
    except UnknownCluster:
        return destination.name or destination.server
