"""`trunkline practice …`: the practice cloud from outside, one file per verb."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from trunkline.cli.helped import helped

VERBS = ("env", "show", "edit", "forget", "fault", "quota")


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The group, with the verb that the first word names, or with all."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(practice)
    for name in words[:1] if words and words[0] in VERBS else VERBS:
        verb = getattr(import_module(f"trunkline.cli.practice.{name}"), name)
        app.command(name, help=helped(verb))(verb)
    return app


def practice() -> None:
    """A practice cloud in a file: OpenTofu and Terraform run against it truly, and offline."""
