"""What a source cannot reach: files beside its own, the network, the environment, programs."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from render_oracle import Files, asked, ours

from gitrepo import GitRepo
from trunkline.core.rendering import RenderError
from trunkline.edge.git import Repository
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "only-this-test-knows"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_TEST_SECRET", SECRET)


def line(text: str) -> dict[str, str]:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n"
    return {"chart/templates/one.yaml": f"{head}  answer: {text}\n"}


EMPTY: dict[str, Files] = {
    "a file above the chart": {
        **line('{{ .Files.Get "../secret.txt" | quote }}'), "secret.txt": SECRET,
    },
    "an absolute file": line('{{ .Files.Get "/etc/passwd" | quote }}'),
    "a glob above the chart": {
        **line('{{ (.Files.Glob "../*").AsConfig | quote }}'), "secret.txt": SECRET,
    },
    "a name on the network": line('{{ getHostByName "localhost" | quote }}'),
    "the cluster": line('{{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}'),
}  # fmt: skip


@pytest.mark.parametrize("files", EMPTY.values(), ids=EMPTY)
async def test_a_chart_sees_nothing_there(renderer: Renderer, files: Files) -> None:
    made = await ours(renderer, files)
    assert made[0]["data"]["answer"] in ("", "{}", "{}\n")


@pytest.mark.parametrize("function", ['env "HOME"', 'expandenv "$HOME"'])
async def test_a_chart_has_no_environment(renderer: Renderer, function: str) -> None:
    with pytest.raises(RenderError, match="not defined"):
        await ours(renderer, line(f"{{{{ {function} | quote }}}}"))


async def test_a_schema_reads_no_file(renderer: Renderer, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"const": "' + SECRET + '"}')
    schema = json.dumps({"$ref": f"file://{tmp_path}/secret.json"})
    with pytest.raises(RenderError, match="permission denied") as caught:
        await ours(renderer, {**line("x"), "chart/values.schema.json": schema})
    assert SECRET not in str(caught.value)


def overlay(text: str, **files: str) -> dict[str, str]:
    return {"chart/kustomization.yaml": text, **files}


READING: dict[str, Files] = {
    "an absolute resource": overlay("resources: [/etc/hostname]\n"),
    "an absolute file": overlay("configMapGenerator: [{name: x, files: [/etc/passwd]}]\n"),
    "a file above": overlay(
        "configMapGenerator: [{name: x, files: [../../../../../../etc/passwd]}]\n"
    ),
    "a file of the repository outside of the overlay": overlay(
        "configMapGenerator: [{name: x, files: [../secret.txt]}]\n", **{"secret.txt": SECRET}
    ),
    "the network": overlay(
        "transformers: [net.yaml]\n",
        **{
            "chart/net.yaml": "apiVersion: v1\nkind: X\nmetadata: {name: x, annotations: "
            "{config.kubernetes.io/function: 'container: {image: x, network: true}'}}\n"
        },
    ),
    "a program": overlay(
        "generators: [run.yaml]\n",
        **{
            "chart/run.yaml": "apiVersion: v1\nkind: X\nmetadata: {name: x, annotations: "
            "{config.kubernetes.io/function: 'exec: {path: ./run.sh}'}}\n",
            "chart/run.sh": "#!/bin/sh\necho hacked\n",
        },
    ),
}


@pytest.mark.parametrize("files", READING.values(), ids=READING)
async def test_a_kustomization_is_refused(renderer: Renderer, files: Files) -> None:
    with pytest.raises(RenderError):
        await ours(renderer, files, kustomize={})


async def test_a_kustomization_has_no_environment(renderer: Renderer) -> None:
    files = overlay(
        "configMapGenerator: [{name: x, envs: [settings.env]}]\n",
        **{"chart/settings.env": "TRUNKLINE_TEST_SECRET\nHOME\nPATH\nTMPDIR\nA=1\n"},
    )
    made = await ours(renderer, files, kustomize={})
    assert set(made[0]["data"].values()) <= {"", "1"}


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../etc/passwd"])
@pytest.mark.parametrize(
    ("section", "link"),
    [
        ({"helm": {}}, "chart/templates/a.yaml"),
        ({"helm": {"valueFiles": ["values.link"]}}, "chart/values.link"),
        ({"helm": {"fileParameters": [{"name": "a", "path": "x"}]}}, "chart/x"),
        ({"kustomize": {}}, "chart/a.yaml"),
        ({"directory": {}}, "chart/a.yaml"),
        ({"directory": {}}, "chart/.argocd-source.yaml"),
    ],
    ids=["template", "values file", "file parameter", "resource", "manifest", "overrides"],
)
async def test_no_link_leads_out(
    tmp_path: Path, section: dict[str, Any], link: str, target: str
) -> None:
    repo = GitRepo(tmp_path).write(
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n",
            "chart/kustomization.yaml": "resources: [a.yaml]\n",
        }
    )
    snapshot = Repository.open(tmp_path).snapshot(repo.link(link, target).commit())
    with pytest.raises(RenderError, match="points out of the repository"):
        asked(snapshot, **section)


async def test_a_forged_tree_writes_nowhere_else(renderer: Renderer, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path).write({"x/kustomization.yaml": "resources: [a.yaml]\n"})
    repo.commit()
    inner = repo.git("rev-parse", "HEAD:x")
    base = bytes.fromhex(inner)
    (tmp_path / "raw").write_bytes(
        b"40000 ..\0" + base + b"100644 kustomization.yaml\0"
        + bytes.fromhex(repo.git("rev-parse", "HEAD:x/kustomization.yaml"))
    )  # fmt: skip
    forged = repo.git("hash-object", "-w", "-t", "tree", "--literally", "raw")
    (tmp_path / "raw").write_bytes(b"40000 chart\0" + bytes.fromhex(forged))
    root = repo.git("hash-object", "-w", "-t", "tree", "--literally", "raw")
    snapshot = Repository.open(tmp_path).snapshot(repo.git("commit-tree", "-m", "forged", root))
    with pytest.raises(RenderError, match="a name that no file can have"):
        await renderer.render(asked(snapshot, kustomize={}), {"": snapshot})


PROBE = """
import json, os, socket, subprocess, sys
from pathlib import Path
import yaml
from trunkline.edge.render.confine import confine

def tried(act):
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "done"

held = confine(memory=512 * 2**20)
print(json.dumps({
    "held": held,
    "environment": dict(os.environ),
    "read": tried(lambda: Path("/etc/passwd").read_text()),
    "list": tried(lambda: os.listdir("/")),
    "tree": tried(lambda: Path(sys.argv[1]).read_text()),
    "write": tried(lambda: Path("/tmp/trunkline-probe").write_text("x")),
    "program": tried(lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True)),
    "network": tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 1)),
    "memory": tried(lambda: bytearray(2**30)),
}))
"""


async def test_the_process_itself_is_shut_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROBE, str(secret), str(port)), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
    found = json.loads(said)
    if "landlock" not in found["held"]:
        pytest.skip(f"this machine confines by {found['held']} only")
    assert found == {
        "held": found["held"],
        "environment": {},
        "read": "PermissionError",
        "list": "PermissionError",
        "tree": "PermissionError",
        "write": "PermissionError",
        "program": "PermissionError",
        "network": found["network"],
        "memory": "MemoryError",
    }
    assert found["network"] in ("OSError", "PermissionError")


async def test_the_renderer_says_what_confines_it(renderer: Renderer) -> None:
    await ours(renderer, line("x"))
    assert "limits" in renderer.confinement
