"""`trunkline infra …`: one file per verb, loaded like the program's own verbs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from trunkline.cli.helped import helped

VERBS = (
    "units",
    "plan",
    "show",
    "apply",
    "approve",
    "resume",
    "unlock",
    "kept",
    "drift",
    "import",
    "outputs",
    "backend",
)
# A verb that no module can be called by.
MODULES = {"import": "bring_in"}
# Verbs of a subject of their own; each has an `application` like the whole.
GROUPS = ("state",)


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The group, with the verb that the first word names, or with all."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(infra)
    known = (*VERBS, *GROUPS)
    for name in words[:1] if words and words[0] in known else known:
        spelled = MODULES.get(name, name)
        module = import_module(f"trunkline.cli.infra.{spelled}")
        if name in GROUPS:
            app.add_typer(module.application(words[1:]), name=name)
        else:
            verb = getattr(module, spelled)
            app.command(name, help=helped(verb))(verb)
    return app


def infra() -> None:
    """Cloud infrastructure: Terraform and Terragrunt on the same timeline."""
