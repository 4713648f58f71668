"""The command line: one file per verb, put together here.

Only the verb that is called is loaded, so that `trunkline version` waits for no Git library and
`trunkline plan A..B` for no database. Help, completion and mistakes need all of them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

import typer

VERBS = (
    "init",
    "components",
    "render",
    "plan",
    "sync",
    "status",
    "health",
    "runs",
    "clusters",
    "sandbox",
    "demo",
    "schema",
    "version",
)
# Verbs of a subject of their own; each has an `application` like the whole.
GROUPS = ("infra", "practice")


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The program, with the verb that the first word names, or with all."""
    app = typer.Typer(
        name="trunkline",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(trunkline)
    for name in words[:1] if words and words[0] in (*VERBS, *GROUPS) else (*VERBS, *GROUPS):
        module = import_module(f"trunkline.cli.{name}")
        if name in GROUPS:
            app.add_typer(module.application(words[1:]), name=name)
        else:
            app.command(name)(getattr(module, name))
    return app


def trunkline() -> None:
    """One Git timeline, from pull request to every cluster."""


def collect_seldom() -> None:
    """A look for garbage after every 700 new values, Python's default, is a quarter of a plan's
    time, and finds nothing: values hold no circles."""
    gc.set_threshold(25_000)


def main() -> None:
    """The `trunkline` program."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another alphabet, or a name that is no text, is no reason to fail.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # What is loaded stays: to look for garbage in it, now or later, only costs time.
    gc.disable()
    app = application(sys.argv[1:])
    gc.freeze()
    collect_seldom()
    gc.enable()
    app()
