"""`trunkline infra backend`: the HTTP state backend, served until Ctrl-C."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import stat
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from trunkline.backend.application import application
from trunkline.backend.server import Listen, served
from trunkline.cli.console import err, escape, out
from trunkline.cli.infra.state.opening import moment, states
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, run
from trunkline.cli.signalled import told_to_end
from trunkline.core.infra.state.token import WRITE, Token
from trunkline.edge.store import Store

Address = Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Where it listens.")]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token", metavar="FILE", help="A token for all units; made if not there."),
]
Certificate = Annotated[
    Path | None, typer.Option("--certificate", metavar="FILE", help="PEM; serve over TLS.")
]
CertificateKey = Annotated[
    Path | None, typer.Option("--certificate-key", metavar="FILE", help="PEM; its private key.")
]

LONGEST = 4096


def backend(
    listen: Address = "127.0.0.1:8400",
    token: TokenFile = None,
    certificate: Certificate = None,
    certificate_key: CertificateKey = None,
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Serve states of units to OpenTofu and Terraform (their http backend) until Ctrl-C.

    Each unit has an address, /state/PATH-OF-THE-UNIT. Every version is kept, sealed.

    Example: trunkline infra backend --token ~/.config/trunkline/backend-token
    """
    host, port = _address(listen)
    if certificate_key and not certificate:
        raise typer.BadParameter(
            "--certificate names its certificate", param_hint="--certificate-key"
        )
    where = Listen(host, port, certificate, certificate_key)
    run(_backend(where, token, repo, output), debug=debug)


async def _backend(listen: Listen, token: Path | None, repo: str, output: Output) -> None:
    async with states(repo) as store:
        # Made now, or found missing now: not in the middle of somebody's apply.
        await store.vault.sealer()
        if token:
            await _with_token(store, token)
        async with served(application(store, _tell), listen) as url:
            if output is Output.JSON:
                write_json({"url": url})
            else:
                await _greet(store, url, listen)
            sys.stdout.flush()
            await told_to_end()


async def _greet(store: Store, url: str, listen: Listen) -> None:
    out().print(f"[good]✓[/] states at {escape(url)}/state/PATH-OF-THE-UNIT")
    console = err()
    if not listen.certificate and not _is_loopback(listen.host):
        console.print("[held]‖ tokens and states travel in clear: --certificate, or a proxy[/]")
    if not await store.tokens.all():
        console.print("[held]‖ nobody has a token yet[/]: trunkline infra state token --help")
    console.print("[soft]Ctrl-C ends it.[/]")


async def _with_token(store: Store, file: Path) -> None:
    """The token of the file counts; a new one is written where there is no file."""
    token = Token("backend", ("**",), WRITE, time.time())
    if file.exists():
        await store.tokens.make(token, await asyncio.to_thread(_read, file))
        return
    secret = await store.tokens.make(token)
    await asyncio.to_thread(_write, file, secret)


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
        if mode & 0o077:
            raise Failure(
                f"{file}: others may read the token (mode {mode:04o})", f"chmod 600 {file}"
            )
        secret = opened.read(LONGEST).strip()
    if len(secret) < 20 or not secret.isascii():
        raise Failure(f"{file}: no token", "remove the file, and a token is made")
    return secret.decode()


def _write(file: Path, secret: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as opened:
        opened.write(f"{secret}\n")


def _tell(line: str) -> None:
    err().print(f"[soft]{moment(time.time())}[/] [held]‖[/] {escape(line)}")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdecimal() or int(port) > 65535:
        raise typer.BadParameter(f"{text!r} is not HOST:PORT", param_hint="--listen")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
