"""`trunkline sync`: make the clusters equal to a commit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from trunkline.app.clusters import App
from trunkline.cli.asked import Asked
from trunkline.cli.console import in_colour
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import (
    AsRun,
    Clusters,
    Debug,
    Ids,
    Kubeconfig,
    Repo,
    Revision,
    RunOutput,
)
from trunkline.cli.outside import CHANGED, Untrusted
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import FAILED, Failure, opened, run
from trunkline.cli.watching import keep_watching
from trunkline.core.manifest import Ref
from trunkline.core.report.run_markdown import run_markdown
from trunkline.core.report.text import run_text
from trunkline.core.run import Outcome
from trunkline.engine.sync.component import How

Prune = Annotated[
    bool, typer.Option("--prune", help="Delete what Git holds no more, in every component.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Ask the API servers, change nothing.")]
Wait = Annotated[bool, typer.Option("--wait", help="End when all is healthy.")]
Resource = Annotated[
    list[str] | None,
    typer.Option(
        "--resource", metavar="[GROUP:]KIND:[NAMESPACE/]NAME", help="Only this object; repeatable."
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", min=0, help="For each wave and each wait."),
]
Watching = Annotated[
    bool,
    typer.Option("--watch", help="Stay, and keep the clusters equal to the branch."),
]
Poll = Annotated[
    float | None,
    typer.Option(
        "--poll",
        metavar="SECONDS",
        min=0.1,
        help="With --watch: how often to look at the branch; 2, or 30 for a URL.",
    ),
]
Socket = Annotated[
    Path | None,
    typer.Option(
        "--socket", metavar="FILE", help="With --watch: a line on it has the branch looked at now."
    ),
]
Infra = Annotated[
    bool,
    typer.Option(
        "--infra", help="First apply the commit's saved plans of infrastructure, by their policy."
    ),
]


def sync(
    ids: Ids = None,
    cluster: Clusters = None,
    prune: Prune = False,
    dry_run: DryRun = False,
    wait: Wait = False,
    resource: Resource = None,
    timeout: Timeout = None,
    watch: Watching = False,
    poll: Poll = None,
    socket: Socket = None,
    infra: Infra = False,
    repo: Repo = ".",
    revision: Revision = "",
    kubeconfig: Kubeconfig = "",
    output: AsRun = RunOutput.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Make clusters equal to a commit: in order, with hooks, waves, prune and health.

    Example: trunkline sync eu-database --prune --wait

    With --watch it stays, follows the branch, and does what each syncPolicy says
    (automated, prune, selfHeal, retry). SIGHUP, SIGUSR1: look at the branch now.
    Ctrl-C or SIGTERM ends it when the writes under way are done, with exit code 0;
    a second one ends it at once, with 130.

    Example: trunkline sync --watch --output json

    With --infra one run brings a new region: its cloud, its cluster, its Applications. What an
    apply leaves waiting holds back only those that need it; a unit that waits for an Application is
    applied when that is healthy.

    Example: trunkline infra plan HEAD~1..HEAD && trunkline sync --infra --wait
    """
    how = How(prune=prune, dry_run=dry_run, wait=wait)
    asked = Asked(how, ids or [], revision, cluster or [], timeout, repo, kubeconfig, output)
    if poll is not None and not math.isfinite(poll):
        raise typer.BadParameter("--poll is a number of seconds")
    if watch:
        check_watch(output, dry_run=dry_run, wait=wait, resource=bool(resource), infra=infra)
        run(CHANGED.before(keep_watching(asked, poll, socket), untrusted), debug=debug)
    check_stays(poll=poll is not None, socket=socket is not None)
    if infra:
        check_infra(dry_run=dry_run, resource=bool(resource))
        # Runs programs, and loads what starts them: only where that is asked for.
        from trunkline.cli.delivering import deliver

        run(CHANGED.before(deliver(asked), untrusted), debug=debug)
    run(CHANGED.before(_sync(asked, resource or []), untrusted), debug=debug)


def check_watch(output: RunOutput, **given: bool) -> None:
    """Raises BadParameter for what makes no sense while one stays."""
    if output is RunOutput.MARKDOWN:
        raise typer.BadParameter("--output markdown is of one sync; with --watch: text or json")
    for name, is_given in given.items():
        if is_given:
            flag = f"--{name.replace('_', '-')}"
            raise typer.BadParameter(f"{flag} is for one sync; with --watch it means nothing")


def check_stays(**given: bool) -> None:
    """Raises BadParameter for what makes sense only while one stays."""
    for name, is_given in given.items():
        if is_given:
            raise typer.BadParameter(f"--{name} is for --watch")


def check_infra(*, dry_run: bool, resource: bool) -> None:
    """Raises BadParameter for what a delivery of both cannot be narrowed to."""
    if dry_run:
        raise typer.BadParameter("--infra applies; trunkline infra plan shows what it would do")
    if resource:
        raise typer.BadParameter("--resource is for a sync alone; leave out --infra")


async def _sync(asked: Asked, resources: list[str]) -> int:
    revision = asked.revision
    opening = opened(App, asked.repo, kubeconfig=asked.kubeconfig, revision=revision)
    async with opening as (app, shown):
        how = asked.how_by(app.settings)
        if resources:
            how = replace(how, only=await selected(app, resources, asked.ids, revision))
        done = await app.sync(how, asked.ids, revision, asked.clusters)
        shown.stop()
    if asked.output is RunOutput.JSON:
        write_json(done.as_json())
    elif asked.output is RunOutput.MARKDOWN:
        write(run_markdown(done))
    else:
        write(run_text(done, colour=in_colour()))
        tell_findings(done.findings)
    return 0 if done.outcome is Outcome.SUCCEEDED else FAILED


async def selected(
    app: App, words: Sequence[str], ids: Sequence[str], revision: str
) -> frozenset[Ref]:
    """The refs that `--resource` names. Raises Failure for one that no component renders."""
    rendered = [ref for one in await app.render(ids, revision) for ref in sorted(one.refs)]
    found: set[Ref] = set()
    for word in words:
        matching = {ref for ref in rendered if matches(word, ref)}
        if not matching:
            raise Failure(
                f"--resource {word}: no component renders such an object",
                "trunkline render | grep -A4 kind: shows what there is",
            )
        found |= matching
    return frozenset(found)


def matches(word: str, ref: Ref) -> bool:
    """Whether `[GROUP:]KIND:[NAMESPACE/]NAME` means the ref; `*` stands for any part. A name may
    have colons too, as those of roles have.
    """
    first, _, rest = word.partition(":")
    second, _, last = rest.partition(":")
    return _means("*", first, rest, ref) or _means(first, second, last, ref)


def _means(group: str, kind: str, place: str, ref: Ref) -> bool:
    namespace, slash, name = place.rpartition("/")
    wanted = (
        (group, ref.group),
        (kind, ref.kind),
        (namespace if slash else "*", ref.namespace),
        (name, ref.name),
    )
    return all(asked in ("*", is_) for asked, is_ in wanted)
