"""The options that verbs share, each declared once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Output(StrEnum):
    TEXT = "text"
    JSON = "json"


class RunOutput(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class PlanOutput(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Components; all where none is named.")
]
Repo = Annotated[
    str,
    typer.Option(
        "--repo", "-r", metavar="PATH|URL", help="The repository.", envvar="TRUNKLINE_REPO"
    ),
]
Revision = Annotated[
    str, typer.Option("--revision", metavar="REV", help="A commit, branch or tag; else HEAD.")
]
Kubeconfig = Annotated[
    str, typer.Option("--kubeconfig", metavar="FILE", help="Access to clusters; else $KUBECONFIG.")
]
Clusters = Annotated[
    list[str] | None, typer.Option("--cluster", "-c", metavar="NAME", help="Only these clusters.")
]
AsText = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]
AsRun = Annotated[RunOutput, typer.Option("--output", "-o", help="How to print.")]
AsPlan = Annotated[PlanOutput, typer.Option("--output", "-o", help="How to print.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
