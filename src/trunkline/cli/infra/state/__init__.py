"""`trunkline infra state …`: the states that the backend keeps; one file per verb."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from trunkline.cli.helped import helped

VERBS = ("list", "show", "diff", "restore", "lock", "token", "rotate")


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The group, with the verb that the first word names, or with all."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(state)
    for name in words[:1] if words and words[0] in VERBS else VERBS:
        verb = getattr(import_module(f"trunkline.cli.infra.state.{name}"), f"{name}_")
        app.command(name, help=helped(verb))(verb)
    return app


def state() -> None:
    """States that `trunkline infra backend` keeps: versions, locks, tokens. No secret is shown."""
