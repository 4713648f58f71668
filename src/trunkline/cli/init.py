"""`trunkline init`: a first `trunkline.yaml` from what the repository and this machine show."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trunkline.app.offline import OfflineApp
from trunkline.app.opening import SETTINGS_FILE
from trunkline.cli.console import err, escape, out
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import AsText, Debug, Kubeconfig, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, opened, run
from trunkline.core.component import Component
from trunkline.core.report.importance import many
from trunkline.core.yaml import dump

Force = Annotated[bool, typer.Option("--force", help="Overwrite the file that is there.")]

HEAD = """\
# What no file of the ecosystem can say: see `trunkline schema`. Every key is optional.
"""


def init(
    repo: Repo = ".",
    kubeconfig: Kubeconfig = "",
    force: Force = False,
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Look at a repository and write a trunkline.yaml that fits it.

    Example: trunkline init --repo ~/src/config
    """
    run(_init(repo, kubeconfig, force, output), debug=debug)


async def _init(repo: str, kubeconfig: str, force: bool, output: Output) -> None:
    async with opened(OfflineApp, repo, kubeconfig=kubeconfig) as (app, progress):
        if app.repository.is_bare:
            raise Failure(
                f"{app.repository.root} has no files: it is a bare repository",
                "go into a clone of it, or name one with --repo",
            )
        path = app.repository.root / SETTINGS_FILE
        if path.exists() and not force:
            raise Failure(f"{path} is there already", "--force overwrites it")
        found = (await app.scene()).discovered
        units = (await app.units().at("HEAD")).units
        progress.stop()
        settings = proposed(app, found.components)
    path.write_text(HEAD + dump(settings), encoding="utf-8")
    if output is Output.JSON:
        write_json({"file": str(path), "settings": settings, "components": len(found.components)})
        return
    out().print(f"[good]✓[/] wrote {escape(str(path))}")
    counts = [
        many(len(found.components), "component"),
        many(len(settings["clusters"]), "cluster"),
        many(len(units), "unit"),
    ]
    out().print(f"  {', '.join(one for one in counts if not one.startswith('0 '))}")
    tell_findings(found.findings)
    listing = "trunkline components" if found.components else "trunkline infra units"
    err().print(f"[soft]→ commit it, then: {listing}, trunkline plan BASE..HEAD[/]")


def proposed(app: OfflineApp, components: tuple[Component, ...]) -> dict[str, Any]:
    """The clusters that Applications name, with the kubeconfig's context where one fits."""
    contexts = {one.name for one in app.scenes.clusters}
    servers = {one.server: one.name for one in app.scenes.clusters}
    clusters: dict[str, dict[str, Any]] = {}
    for one in components:
        destination = one.destination
        name = destination.name or servers.get(destination.server, "")
        if not name:
            continue
        entry: dict[str, Any] = {"name": name}
        if destination.server:
            entry["server"] = destination.server
        if name in contexts:
            entry["context"] = name
        clusters.setdefault(name, entry)
    return {
        "repository": {
            "urls": list(app.repository.remote_urls()),
            "branch": app.repository.default_branch(),
        },
        "clusters": [clusters[name] for name in sorted(clusters)],
    }
