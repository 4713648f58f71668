"""Credentials that change: tokens in files, and programs that give tokens or certificates.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from trunkline.edge.cluster.errors import Unreachable

# A credential is renewed this long before it ends, and a file read again after this; in seconds.
EARLY = 30.0
PLUGIN_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Issued:
    """What a source gave: a token, or a client certificate with its key, until a Unix time."""

    token: str = ""
    certificate: bytes = b""
    key: bytes = b""
    until: float = float("inf")


class Fixed:
    """Credentials that stay as they are."""

    renewable = False

    def __init__(self, issued: Issued) -> None:
        self._issued = issued

    async def issued(self) -> Issued:
        return self._issued

    def renew(self) -> None:
        """Nothing renews them."""


class TokenFile:
    """A token that somebody else keeps fresh in a file, as the kubelet does."""

    renewable = True

    def __init__(self, path: Path, cluster: str) -> None:
        self._path = path
        self._cluster = cluster
        self._issued = Issued(until=0.0)

    async def issued(self) -> Issued:
        if time.time() >= self._issued.until:
            try:
                token = self._path.read_text().strip()
            except OSError as error:
                raise Unreachable(
                    f"{self._cluster}: {self._path}: {error.strerror}",
                    cluster=self._cluster,
                ) from None
            self._issued = Issued(token, until=time.time() + EARLY)
        return self._issued

    def renew(self) -> None:
        self._issued = Issued(until=0.0)


class Plugin:
    """A program of the kubeconfig that prints an ExecCredential."""

    renewable = True

    def __init__(self, section: Mapping[str, Any], cluster: str) -> None:
        self._section = section
        self._cluster = cluster
        self._issued = Issued(until=0.0)
        self._turn = asyncio.Lock()

    async def issued(self) -> Issued:
        async with self._turn:
            if time.time() >= self._issued.until - EARLY:
                self._issued = self._read(await self._output())
            return self._issued

    def renew(self) -> None:
        self._issued = Issued(until=0.0)

    async def _output(self) -> bytes:
        command = str(self._section.get("command", ""))
        version = str(
            self._section.get("apiVersion", "client.authentication.k8s.io/v1")
        )
        asked = {
            "apiVersion": version,
            "kind": "ExecCredential",
            "spec": {"interactive": False},
        }
        extra = {
            str(one["name"]): str(one["value"])
            for one in self._section.get("env") or ()
        }
        environment = {
            **os.environ,
            **extra,
            "KUBERNETES_EXEC_INFO": orjson.dumps(asked).decode(),
        }
        try:
            process = await asyncio.create_subprocess_exec(
                command,
                *map(str, self._section.get("args") or ()),
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            hint = self._section.get("installHint") or "is it installed and on PATH?"
            raise self._failed(
                f"cannot be started ({error.strerror}): {hint}"
            ) from None
        try:
            out, told = await asyncio.wait_for(process.communicate(), PLUGIN_TIMEOUT)
        except TimeoutError:
            process.kill()
            raise self._failed(f"gave nothing within {PLUGIN_TIMEOUT:g} s") from None
        if process.returncode:
            said = told.decode(errors="replace").strip().splitlines()
            raise self._failed(
                f"ended with {process.returncode}: {said[-1] if said else ''}"
            )
        return out

    def _read(self, output: bytes) -> Issued:
        try:
            status = orjson.loads(output)["status"]
            until = float("inf")
            if stamp := status.get("expirationTimestamp"):
                until = datetime.fromisoformat(stamp).timestamp()
            return Issued(
                status.get("token") or "",
                (status.get("clientCertificateData") or "").encode(),
                (status.get("clientKeyData") or "").encode(),
                until,
            )
        except (
            orjson.JSONDecodeError,
            KeyError,
            TypeError,
            AttributeError,
            ValueError,
        ):
            raise self._failed("printed no ExecCredential with a status") from None

    def _failed(self, why: str) -> Unreachable:
        command = self._section.get("command", "")
        return Unreachable(
            f"{self._cluster}: the credential plug-in {command} {why}",
            cluster=self._cluster,
        )


Credentials = Fixed | TokenFile | Plugin
