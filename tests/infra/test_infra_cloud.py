"""States that are kept at a host like HCP Terraform, by a `cloud` block or the `remote` backend.

The host is one of this machine that answers what is asked of it before a plan; it keeps no state.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cluster.certificates import authority, signed
from infra.region import Region
from trunkline.core.infra.planfile.archive import is_elsewhere
from trunkline.core.infra.said import REMOTE

CLOUD = """\
terraform {
  cloud {
    hostname     = "HOST"
    organization = "acme"
    workspaces { name = "net" }
  }
}
resource "terraform_data" "x" { input = "a" }
"""
BACKEND = CLOUD.replace("cloud {", 'backend "remote" {')
API = "/api/v2"
ALLOWED = ("queue-run", "lock", "unlock", "update", "read-settings", "create-state-versions")


class Host(BaseHTTPRequestHandler):
    """Discovery, one organization and its workspace, which is empty."""

    mode: ClassVar[str] = "local"

    def do_GET(self) -> None:
        found = self._found()
        self._answer(404 if found is None else 200, found or {"errors": [{"status": "404"}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def _found(self) -> dict[str, Any] | None:
        match self.path.removeprefix(API).split("?")[0].split("/")[1:]:
            case [".well-known", "terraform.json"]:
                return dict.fromkeys(("tfe.v2", "tfe.v2.1", "tfe.v2.2", "state.v2"), f"{API}/")
            case ["ping"]:
                return {}
            case ["organizations", name, "entitlement-set"]:
                rights = {"operations": True, "state-storage": True}
                return _said(name, "entitlement-sets", rights)
            case ["organizations", _, "workspaces", _] | ["workspaces", "ws-1", "actions", _]:
                return _said("ws-1", "workspaces", self._workspace)
        return None

    @property
    def _workspace(self) -> dict[str, Any]:
        return {
            "name": "net",
            "execution-mode": self.mode,
            "operations": self.mode == "remote",
            "permissions": {f"can-{one}": True for one in ALLOWED},
        }

    def _answer(self, code: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        is_discovery = self.path.startswith("/.well-known")
        self.send_response(code)
        self.send_header("Content-Type", f"application/{'' if is_discovery else 'vnd.api+'}json")
        self.send_header("TFP-API-Version", "2.5")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


def _said(name: str, kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"id": name, "type": kind, "attributes": attributes}}


@dataclass
class Cloud:
    region: Region
    host: str
    rc: Path
    program: str

    def log_in(self) -> None:
        self.rc.write_text(f'credentials "{self.host}" {{\n  token = "abc-never-shown"\n}}\n')

    async def planned(self, code: str) -> Any:
        await self.region.begin(plain=True)
        settings = f"infra: {{program: {self.program}}}\n"
        self.region.repo.write({"plain/main.tf": code.replace("HOST", self.host)})
        self.region.repo.write({"trunkline.yaml": settings}).commit()
        (plain,) = (await self.region.plan("HEAD~2")).units
        return plain


@pytest.fixture(params=["tofu", "terraform"])
def cloud(
    request: pytest.FixtureRequest, region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    if request.param == "terraform":
        monkeypatch.setenv("TRUNKLINE_TERRAFORM", str(request.getfixturevalue("terraform")))
    ca = authority(tmp_path)
    pair = signed(tmp_path, "host", ca, names="DNS:localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.certificate))
    rc = tmp_path / "rc"
    rc.write_text("")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(rc))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    host = type("Here", (Host,), {})
    monkeypatch.setattr(Host, "mode", "local")
    with ThreadingHTTPServer(("127.0.0.1", 0), host) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Cloud(region, f"localhost:{server.server_port}", rc, request.param)
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("code", [CLOUD, BACKEND], ids=["cloud", "remote"])
async def test_a_workspace_that_runs_here_is_planned(cloud: Cloud, code: str) -> None:
    cloud.log_in()
    plan = await cloud.planned(code)
    assert (plan.error, plan.counts["create"], plan.keeps_state) == ("", 1, True)


async def test_a_missing_token_is_told_with_how_to_get_one(cloud: Cloud) -> None:
    plan = await cloud.planned(CLOUD)
    assert "Required token could not be found" in plan.error
    assert f"login {cloud.host}" in plan.error


async def test_a_workspace_that_runs_at_its_host_is_told(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Host, "mode", "remote")
    cloud.log_in()
    plan = await cloud.planned(BACKEND)
    assert plan.error.startswith(f"{REMOTE}\n\nError: Saving a generated plan")


def test_a_plan_that_only_names_one_of_a_host_is_known() -> None:
    assert is_elsewhere(b'{"remote_plan_format":1,"run_id":"run-1","hostname":"app.example"}')
    assert not is_elsewhere(b'{"meta":{},"encrypted_data":"abc"}')
    assert not is_elsewhere(b"PK\x03\x04")
