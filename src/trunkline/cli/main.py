"""The command line: one file per verb, put together here."""

from __future__ import annotations

import typer

from trunkline.cli.clusters import clusters
from trunkline.cli.components import components
from trunkline.cli.demo import demo
from trunkline.cli.health import health
from trunkline.cli.init import init
from trunkline.cli.plan import plan
from trunkline.cli.render import render
from trunkline.cli.runs import runs
from trunkline.cli.sandbox import sandbox
from trunkline.cli.schema import schema
from trunkline.cli.status import status
from trunkline.cli.sync import sync
from trunkline.cli.version import version

VERBS = (
    init,
    components,
    render,
    plan,
    sync,
    status,
    health,
    runs,
    clusters,
    sandbox,
    demo,
    schema,
    version,
)

app = typer.Typer(
    name="trunkline",
    help="One Git timeline, from pull request to every cluster.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in VERBS:
    app.command()(verb)


def main() -> None:
    """The `trunkline` program."""
    app()
