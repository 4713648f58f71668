"""The command line: one file per verb, put together here.

Only the verb that is called is loaded, so that `trunkline version` waits for no Git library and
`trunkline plan A..B` for no database. Help, completion and mistakes need all of them.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated

import typer

from trunkline.cli.helped import helped

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
# What whoever does not know the verb types instead of it.
ASKED_FOR_VERSION = ("--version", "-V")


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The program, with the verb that the first word names, or with all."""
    alone = "version" if words and words[0] in ASKED_FOR_VERSION else "".join(words[:1])
    app = typer.Typer(
        name="trunkline",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=helped(trunkline))(trunkline)
    for name in (alone,) if alone in (*VERBS, *GROUPS) else (*VERBS, *GROUPS):
        module = import_module(f"trunkline.cli.{name}")
        if name in GROUPS:
            app.add_typer(module.application(words[1:]), name=name)
        else:
            verb = getattr(module, name)
            app.command(name, help=helped(verb))(verb)
    return app


def tell_version(asked: bool) -> None:
    """`--version` is the verb by another name."""
    if asked:
        import_module("trunkline.cli.version").version()
        raise typer.Exit


def trunkline(
    version: Annotated[
        bool,
        typer.Option(
            *ASKED_FOR_VERSION, callback=tell_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """One Git timeline, from pull request to every cluster.

    Exit codes: 0 all is well; 1 something failed; 2 wrong words, changes where
    --exit-code asks for them, or infrastructure that waits; 130 interrupted.
    """


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
    try:
        app()
    except SystemExit as end:
        leave(end.code)
        raise
    except OSError as error:
        # Of the verbs that read nothing and only print: where they print to is full.
        sys.exit(f"! {error.strerror or error}")


def leave(code: object) -> None:
    """End the process now, well: what is registered for the end is called, what was said is out.

    The usual end then takes down every module and value, which costs up to a sixth of a short
    command and frees nothing that the system does not. It stays where an exit code is no number,
    where a thread still works, and where what was said cannot be written.
    """
    at_work = (one for one in threading.enumerate() if one is not threading.main_thread())
    if not isinstance(code, int) or not all(one.daemon for one in at_work):
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code)
