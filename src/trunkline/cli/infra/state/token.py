"""`trunkline infra state token`: who may read or write which units through the backend."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from trunkline.cli.console import err, escape, out, show_table
from trunkline.cli.infra.state.opening import moment, states
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import Failure, run
from trunkline.core.argo.glob import BadPattern, deep_matches
from trunkline.core.infra.state.token import SCOPES, WRITE, Token

SECONDS = {"m": 60, "h": 3600, "d": 86400}

Name = Annotated[str, typer.Argument(metavar="[NAME]", help="Its name; all are listed if not.")]
Units = Annotated[
    list[str] | None,
    typer.Option("--unit", metavar="GLOB", help="Units that it is for, e.g. infra/live/eu/**."),
]
Scope = Annotated[str, typer.Option("--scope", metavar="read|write", help="What it may do.")]
Expires = Annotated[
    str, typer.Option("--expires", metavar="30d", help="After m, h or d; or never.")
]
Revoke = Annotated[bool, typer.Option("--revoke", help="Take the token of this name back.")]


def token_(
    name: Name = "",
    unit: Units = None,
    scope: Scope = WRITE,
    expires: Expires = "never",
    revoke: Revoke = False,
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """List tokens, make one, or take one back. A token is shown once, when it is made.

    Example: trunkline infra state token ci-eu --unit 'infra/live/eu/**' --expires 90d
    """
    if not name:
        run(_list(repo, output), debug=debug)
    elif revoke:
        run(_revoke(name, repo), debug=debug)
    else:
        run(_make(name, unit or [], scope, expires, repo, output), debug=debug)


async def _list(repo: str, output: Output) -> None:
    async with states(repo) as store:
        tokens = await store.tokens.all()
    if output is Output.JSON:
        write_json([one.as_json() for one in tokens])
    else:
        show_table(("TOKEN", "MAY", "UNITS", "MADE", "EXPIRES"), map(_row, tokens))


def _row(one: Token) -> tuple[str, ...]:
    units = escape(", ".join(one.units))
    return escape(one.name), one.scope, units, moment(one.since), moment(one.expires)


async def _revoke(name: str, repo: str) -> None:
    async with states(repo) as store:
        if not await store.tokens.revoke(name):
            raise Failure(f"no token is called {name!r}", "trunkline infra state token")
    out().print(f"[good]✓[/] {escape(name)} counts no more")


async def _make(
    name: str, units: list[str], scope: str, expires: str, repo: str, output: Output
) -> None:
    token = Token(name, _globs(units), _scope(scope), time.time(), _end(expires))
    async with states(repo) as store:
        if name in {one.name for one in await store.tokens.all()}:
            raise Failure(f"there is a token {name!r}", f"{name} --revoke takes it back")
        secret = await store.tokens.make(token)
    if output is Output.JSON:
        write_json({**token.as_json(), "token": secret})
    else:
        err().print("[soft]shown once; the password of any user name (TF_HTTP_PASSWORD):[/]")
        write(secret)


def _globs(units: list[str]) -> tuple[str, ...]:
    if not units:
        raise Failure("--unit: for which units?", "--unit 'infra/live/eu/**', or --unit '**'")
    try:
        for glob in units:
            deep_matches(glob, "")
    except BadPattern as error:
        raise Failure(f"--unit: {error}") from None
    return tuple(units)


def _scope(scope: str) -> str:
    if scope not in SCOPES:
        raise Failure(f"--scope: {' or '.join(SCOPES)}, not {scope!r}")
    return scope


def _end(expires: str) -> float:
    if expires == "never":
        return 0.0
    if not (found := re.fullmatch(r"([1-9]\d{0,4})([mhd])", expires)):
        raise Failure(f"--expires: {expires!r} is no time", "--expires 12h, 90d or never")
    return time.time() + int(found[1]) * SECONDS[found[2]]
