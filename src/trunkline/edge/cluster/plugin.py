"""Credential plug-ins: programs of a kubeconfig that print a token or a client certificate.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from trunkline.edge.cluster.credentials import EARLY, Issued
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.listener import Listener

# A cluster that cannot be reached is told within 10 s; so is one whose plug-in hangs.
PLUGIN_TIMEOUT = 8.0
LONGEST_SAID = 300
# No ExecCredential is larger; in bytes.
MOST = 4 * 2**20

VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


@dataclass(frozen=True, slots=True)
class Program:
    """What a kubeconfig says of a plug-in. `seen` is the cluster section that it asks to see."""

    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    version: str = VERSIONS[0]
    hint: str = ""
    seen: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Ours, the section's, and what the plug-in is asked."""
        spec: dict[str, Any] = {"interactive": False}
        if self.seen is not None:
            spec["cluster"] = dict(self.seen)
        asked = {"apiVersion": self.version, "kind": "ExecCredential", "spec": spec}
        told = orjson.dumps(asked).decode()
        return {**os.environ, **self.env, "KUBERNETES_EXEC_INFO": told}


class Plugin:
    """The credentials that a program gives; it is started again when they end."""

    renewable = True

    def __init__(self, program: Program, cluster: str) -> None:
        if program.version not in VERSIONS:
            raise Unreachable(
                f"{cluster}: the credential plug-in {program.command} has the apiVersion "
                f"{program.version!r}: set one of {', '.join(VERSIONS)} in its exec section",
                cluster=cluster,
            )
        self._program = program
        self._cluster = cluster
        self._issued = Issued()
        self._stale_at = 0.0
        self._turn = asyncio.Lock()

    async def issued(self) -> Issued:
        async with self._turn:
            if time.time() >= self._stale_at:
                self._issued = self._read(await self._output())
                now, until = time.time(), self._issued.until
                # What lives shorter than a minute serves at least for half of its time.
                self._stale_at = max(until - EARLY, (now + until) / 2)
            return self._issued

    def renew(self) -> None:
        self._stale_at = 0.0

    async def _output(self) -> bytes:
        listener = Listener(MOST)
        process = await self._start(listener)
        try:
            async with asyncio.timeout(PLUGIN_TIMEOUT):
                await process.wait()
        except TimeoutError:
            raise self._failed(f"gave nothing within {PLUGIN_TIMEOUT:g} s") from None
        finally:
            await _ended(process)
            await listener.close()
        if process.returncode:
            said = listener.errors.strip().splitlines()
            last = f": {said[-1][:LONGEST_SAID]}" if said else ""
            raise self._failed(f"ended with {process.returncode}{last}")
        if listener.output is None:
            raise self._failed(f"printed more than {MOST:,} bytes")
        return listener.output

    async def _start(self, listener: Listener) -> asyncio.subprocess.Process:
        program = self._program
        try:
            return await listener.start((program.command, *program.args), program.environment)
        except OSError as error:
            hint = program.hint or "is it installed, and on PATH?"
            raise self._failed(f"cannot be started ({error.strerror}): {hint}") from None

    def _read(self, output: bytes) -> Issued:
        try:
            status = orjson.loads(output)["status"]
            stamp = status.get("expirationTimestamp")
            issued = Issued(
                status.get("token") or "",
                (status.get("clientCertificateData") or "").encode(),
                (status.get("clientKeyData") or "").encode(),
                datetime.fromisoformat(stamp).timestamp() if stamp else float("inf"),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._failed("printed no ExecCredential with a status") from None
        if not issued.token and not (issued.certificate and issued.key):
            raise self._failed("gave neither a token nor a certificate with its key")
        return issued

    def _failed(self, why: str) -> Unreachable:
        return Unreachable(
            f"{self._cluster}: the credential plug-in {self._program.command} {why}",
            cluster=self._cluster,
        )


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End it and what it started, if it still runs: it must not outlive the wait for it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
