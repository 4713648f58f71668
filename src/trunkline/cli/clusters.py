"""`trunkline clusters`: the clusters that the repository knows, and whether they answer."""

from __future__ import annotations

from trunkline.app.clusters import App
from trunkline.cli.console import escape, show_table
from trunkline.cli.options import AsText, Debug, Kubeconfig, Output, Repo, Revision
from trunkline.cli.outside import ASKED, Untrusted
from trunkline.cli.plain import write_json
from trunkline.cli.running import FAILED, opened, run
from trunkline.cli.signs import state


def clusters(
    repo: Repo = ".",
    revision: Revision = "",
    kubeconfig: Kubeconfig = "",
    output: AsText = Output.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Connect to every known cluster and say how it stands.

    Example: trunkline clusters --kubeconfig regions.yaml
    """
    work = _clusters(repo, revision, kubeconfig, output)
    run(ASKED.before(work, untrusted), debug=debug)


async def _clusters(repo: str, revision: str, kubeconfig: str, output: Output) -> int:
    async with opened(App, repo, kubeconfig=kubeconfig, revision=revision) as (app, progress):
        found = await app.clusters(revision)
        progress.stop()
    if output is Output.JSON:
        write_json([one.as_json() for one in found])
    else:
        rows = (
            (
                escape(one.name),
                state(one.state),
                escape(one.version),
                str(one.components),
                escape(",".join(f"{key}={value}" for key, value in one.labels)),
                f"[soft]{escape(one.message or one.server)}[/]",
            )
            for one in found
        )
        show_table(("CLUSTER", "STATE", "VERSION", "COMPONENTS", "LABELS", ""), rows)
    return 0 if all(one.state == "connected" for one in found) else FAILED
