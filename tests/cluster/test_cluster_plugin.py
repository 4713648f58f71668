"""Credential plug-ins, as small programs that the tests write."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cluster.script import Script, status
from trunkline.core.component import Cluster
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.client import connect
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.ways import access_of

V1 = "client.authentication.k8s.io/v1"
BETA = "client.authentication.k8s.io/v1beta1"

COUNTING = """
import json, os, pathlib, sys
count = pathlib.Path({count!r})
number = len(count.read_text()) + 1 if count.exists() else 1
count.write_text("x" * number)
asked = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
told = [asked, sys.argv[1:], os.environ.get("REGION")]
pathlib.Path({count!r} + ".asked").write_text(json.dumps(told))
status = {{"token": "t%d" % number, **{more}}}
print(json.dumps({{"apiVersion": asked["apiVersion"], "kind": "ExecCredential", "status": status}}))
"""


def program(folder: Path, text: str) -> str:
    file = folder / "get-token"
    file.write_text(f"#!{sys.executable}\n{text}")
    file.chmod(0o755)
    return str(file)


def counting(folder: Path, **more: Any) -> str:
    return program(folder, COUNTING.format(count=str(folder / "count"), more=more))


def by_kubeconfig(folder: Path, plugin: dict[str, Any], server: str = "http://eu:80") -> Access:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}
    cluster = {"server": server, "tls-server-name": "inside", "extensions": [extension]}
    config = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"exec": {"apiVersion": V1, **plugin}}}],
        "contexts": [{"name": "eu", "context": {"cluster": "c", "user": "u"}}],
    }
    (folder / "config").write_text(json.dumps(config))
    return access_of(Cluster("eu"), kubeconfig=str(folder / "config"))


def in_seconds(seconds: float) -> str:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def token(access: Access) -> str:
    return dict(await access.headers())["Authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("version", [V1, BETA])
async def test_it_is_told_what_is_wanted(tmp_path: Path, version: str) -> None:
    plugin = {
        "apiVersion": version,
        "command": counting(tmp_path),
        "args": ["get", "--region", 7],
        "env": [{"name": "REGION", "value": "eu"}],
        "provideClusterInfo": True,
    }
    assert await token(by_kubeconfig(tmp_path, plugin)) == "t1"
    asked, arguments, region = json.loads((tmp_path / "count.asked").read_text())
    seen = {"server": "http://eu:80", "tls-server-name": "inside", "config": {"audience": "a"}}
    assert asked == {
        "apiVersion": version,
        "kind": "ExecCredential",
        "spec": {"interactive": False, "cluster": seen},
    }
    assert (arguments, region) == (["get", "--region", "7"], "eu")


async def test_a_relative_command_is_beside_its_kubeconfig(tmp_path: Path) -> None:
    counting(tmp_path)
    assert await token(by_kubeconfig(tmp_path, {"command": "./get-token"})) == "t1"


@pytest.mark.parametrize(
    ("expires", "tokens"),
    [
        pytest.param({}, ["t1", "t1"], id="without an end"),
        pytest.param({"expirationTimestamp": in_seconds(3600)}, ["t1", "t1"], id="in an hour"),
        pytest.param({"expirationTimestamp": in_seconds(-1)}, ["t1", "t2"], id="over"),
    ],
)
async def test_it_runs_again_when_its_token_ends(
    tmp_path: Path, expires: dict[str, str], tokens: list[str]
) -> None:
    access = by_kubeconfig(tmp_path, {"command": counting(tmp_path, **expires)})
    assert [await token(access), await token(access)] == tokens


async def test_a_refused_token_is_replaced_once(tmp_path: Path, script: Script) -> None:
    access = by_kubeconfig(tmp_path, {"command": counting(tmp_path)}, script.url)
    script.then["/version"] = [status(401)]
    client = connect("eu", access)
    await client.discovery()
    shown = [one.headers["Authorization"] for one in script.asked if one.path == "/version"]
    assert shown == ["Bearer t1", "Bearer t2"]
    await client.close()


async def test_the_plug_in_of_a_cluster_secret(tmp_path: Path) -> None:
    """There, `env` is a map."""
    plugin = {"command": counting(tmp_path), "env": {"REGION": "us"}, "apiVersion": BETA}
    cluster = Cluster("eu", "https://eu.example")
    access = access_of(cluster, secret_config={"execProviderConfig": plugin})
    assert await token(access) == "t1"
    assert json.loads((tmp_path / "count.asked").read_text())[2] == "us"


def test_aws_of_a_cluster_secret() -> None:
    config = {"awsAuthConfig": {"clusterName": "eu"}}
    with pytest.raises(
        Unreachable, match="awsAuthConfig .* is not supported; give it a kubeconfig"
    ):
        access_of(Cluster("eu", "https://eu.example"), secret_config=config)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("import sys; sys.exit('please log in first')", "please log in first", id="it"),
        pytest.param("print('hello')", "printed no ExecCredential with a status", id="no JSON"),
        pytest.param("print('{}')", "printed no ExecCredential with a status", id="no status"),
        pytest.param(
            "print('{\"status\": {}}')", "gave neither a token nor a certificate", id="empty"
        ),
        pytest.param(
            'print(\'{"status": {"token": "s3cret", "expirationTimestamp": "soon"}}\')',
            "printed no ExecCredential",
            id="no time",
        ),
        pytest.param("print('x' * 5_000_000)", "printed more than 4,194,304 bytes", id="too much"),
    ],
)
async def test_a_plug_in_that_fails(tmp_path: Path, text: str, said: str) -> None:
    access = by_kubeconfig(tmp_path, {"command": program(tmp_path, text)})
    with pytest.raises(Unreachable, match=said) as caught:
        await access.headers()
    assert "the credential plug-in" in str(caught.value)
    assert "s3cret" not in str(caught.value)


async def test_a_plug_in_that_is_not_there(tmp_path: Path) -> None:
    plugin = {"command": "no-such-plug-in", "installHint": "Install it\nfrom the intranet."}
    with pytest.raises(Unreachable, match="cannot be started .*: Install it from the intranet"):
        await by_kubeconfig(tmp_path, plugin).headers()


async def test_a_plug_in_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended with all that it started, and the cluster is told as one that cannot be had."""
    monkeypatch.setattr("trunkline.edge.cluster.plugin.PLUGIN_TIMEOUT", 3.0)
    text = (
        "import pathlib, subprocess\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\n"
        "child.wait()\n"
    )
    access = by_kubeconfig(tmp_path, {"command": program(tmp_path, text)})
    client = connect("eu", access, limits=ClientLimits())
    start = time.monotonic()
    with pytest.raises(Unreachable, match=r"get-token gave nothing within 3 s"):
        await client.discovery()
    assert time.monotonic() - start < 30
    state = Path(f"/proc/{(tmp_path / 'pid').read_text()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
    await client.close()
