"""`trunkline sync --infra`: one run brings a unit, and the Application that reads its outputs."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitrepo import GitRepo
from trunkline.sandbox import Sandbox

PROGRAM = str(Path(sys.executable).with_name("trunkline"))

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
  annotations: {trunkline/values-from: net}
spec:
  source: {repoURL: "https://git.test/x.git", path: chart}
  destination: {name: eu, namespace: default}
"""
SETTINGS = """\
repository: {urls: ["https://git.test/x.git"]}
clusters: [{name: eu}]
infra: {policy: [{apply: %s}]}
"""
CHART = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data: {cidr: {{ .Values.cidr | quote }}}
"""
UNIT = """\
terraform {
  backend "local" { path = "%s/net.tfstate" }
}
resource "terraform_data" "net" { input = "10.0.0.0/16" }
output "cidr" { value = terraform_data.net.output }
"""


@pytest.mark.parametrize(
    ("policy", "code", "outcomes"),
    [
        pytest.param("auto", 0, ["applied", "succeeded"], id="all of it"),
        pytest.param("approve", 1, ["waiting", "skipped"], id="what waits holds back who needs it"),
    ],
)
async def test_one_run_for_both(
    tmp_path: Path, tofu: Path, policy: str, code: int, outcomes: list[str]
) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.write({"README.md": "", "trunkline.yaml": SETTINGS % policy}).commit()
    files = {"a.yaml": APPLICATION, "net/main.tf": UNIT % tmp_path, "chart/templates/a.yaml": CHART}
    chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
    repo.write({**files, "chart/Chart.yaml": chart}).commit()
    async with Sandbox(["eu"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        typed = Typing(tmp_path, tofu)
        planned, whole = await typed("plan", "HEAD~1..HEAD", "--output", "json")
        assert (planned, whole["components"], whole["findings"]) == (0, [], [])
        assert [one["waitsFor"] for one in whole["unchanged"]] == ["net"]
        _, said = await typed("sync", "--infra", "--output", "json")
        assert [one["outcome"] for one in said["components"]] == ["failed"]
        await typed("infra", "plan", "HEAD~1..HEAD")
        done, said = await typed("sync", "--infra", "--output", "json")
        _, summary = await typed("sync", "--infra", "--output", "markdown")
    assert done == code
    assert "### Trunkline: " in summary.decode()
    (unit,), (shop,) = said["infrastructure"]["units"], said["components"]
    assert [unit["outcome"], shop["outcome"]] == outcomes


CHAIN = """\
repository: {urls: ["https://git.test/x.git"]}
clusters: [{name: eu}]
infra:
  policy: [{apply: auto}]
  units: [{path: dns, dependsOn: [shop]}]
"""
LAST = (
    APPLICATION.replace("values-from: net", "depends-on: dns")
    .replace("name: shop", "name: last")
    .replace("path: chart", "path: last")
)
PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: last}\n"


def chain(repo: GitRepo, folder: Path) -> None:
    """net ◀─ shop ◀─ dns ◀─ last: two units and two Applications, each waits for the one before."""
    repo.write({"README.md": "", "trunkline.yaml": CHAIN}).commit()
    dns = UNIT.replace("net", "dns") % folder
    repo.write(
        {
            "a.yaml": f"{APPLICATION}---\n{LAST}",
            "net/main.tf": UNIT % folder,
            "dns/main.tf": dns,
            "chart/templates/a.yaml": CHART,
            "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
            "last/a.yaml": PLAIN,
        }
    ).commit()


async def test_units_and_applications_wait_for_each_other_in_one_run(
    tmp_path: Path, tofu: Path
) -> None:
    chain(GitRepo(tmp_path / "repo"), tmp_path)
    async with Sandbox(["eu"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        typed = Typing(tmp_path, tofu)
        _, plan = await typed("infra", "plan", "HEAD~1..HEAD")
        assert "dns  1 to create  new" in plan.decode()
        assert lines_of(plan) == ["net", "dns"]
        assert "  is applied after Application shop\n" in plan.decode()
        code, said = await typed("sync", "--infra", "--output", "json")
    assert code == 0
    ended = {one["unit"]: one["outcome"] for one in said["infrastructure"]["units"]}
    assert ended == {"dns": "applied", "net": "applied"}
    assert {one["id"]: one["outcome"] for one in said["components"]} == {
        "last": "succeeded",
        "shop": "succeeded",
    }
    done = {one["unit"]: one["started"] for one in said["infrastructure"]["units"]}
    done |= {one["id"]: one["steps"][0]["started"] for one in said["components"]}
    assert sorted(done, key=lambda one: done[one]) == ["net", "shop", "dns", "last"]


async def test_what_goes_leaves_in_the_other_order(tmp_path: Path, tofu: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    chain(repo, tmp_path)
    finalizer = "metadata:\n  finalizers: [resources-finalizer.argocd.argoproj.io]\n"
    both = (repo.path / "a.yaml").read_text().replace("metadata:\n", finalizer)
    repo.write({"a.yaml": both}).commit()
    async with Sandbox(["eu"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        typed = Typing(tmp_path, tofu)
        await typed("infra", "plan", "HEAD~2..HEAD")
        assert (await typed("sync", "--infra"))[0] == 0
        repo.remove("a.yaml", "net/main.tf", "dns/main.tf")
        repo.write({"trunkline.yaml": CHAIN.replace("[shop]", "[]")}).commit()
        _, plan = await typed("infra", "plan", "HEAD~1..HEAD")
        assert lines_of(plan) == ["dns", "net"]
        code, said = await typed("sync", "--infra")
        assert code == 1
        held = "it waits for Application shop (is still in eu: trunkline sync --prune)"
        assert f"‖ net  skipped\n    {held}" in said.decode()
        code, said = await typed("sync", "--infra", "--prune", "--output", "json")
    assert code == 0, said
    gone = {one["id"]: one["steps"][0]["started"] for one in said["components"]}
    gone |= {one["unit"]: one["started"] for one in said["infrastructure"]["units"]}
    assert sorted(gone, key=lambda one: gone[one]) == ["last", "dns", "shop", "net"]


async def test_an_apply_alone_holds_who_waits_for_an_application(
    tmp_path: Path, tofu: Path
) -> None:
    chain(GitRepo(tmp_path / "repo"), tmp_path)
    async with Sandbox(["eu"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        typed = Typing(tmp_path, tofu)
        await typed("infra", "plan", "HEAD~1..HEAD")
        code, said = await typed("infra", "apply")
        assert code == 2
        assert "✓ net  applied" in said.decode()
        waits = "it waits for Application shop (waits for net, which was planned and is not applied"
        assert f"‖ dns  skipped\n    {waits}" in said.decode()
        assert "    → trunkline sync shop\n" in said.decode()
        code, said = await typed("infra", "resume")
        assert code == 2
        assert "it waits for Application shop (OutOfSync, Missing in eu" in said.decode()
        assert (await typed("sync", "shop"))[0] == 0
        code, said = await typed("infra", "resume")
        assert (code, "✓ dns  applied" in said.decode()) == (0, True)


async def test_a_circle_of_both_is_neither_planned_nor_synced(tmp_path: Path, tofu: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    chain(repo, tmp_path)
    repo.write({"trunkline.yaml": CHAIN.replace("[shop]", "[last]")}).commit()
    path = "Application last → dns → Application last"
    async with Sandbox(["eu"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        typed = Typing(tmp_path, tofu)
        code, plan = await typed("infra", "plan", "HEAD~2..HEAD")
        assert code == 1
        assert f"dependencies lead in a circle: {path}" in plan.decode()
        code, said = await typed("sync", "--infra", "--output", "json")
    assert code == 1
    ended = {
        one["unit"]: (one["outcome"], one["message"]) for one in said["infrastructure"]["units"]
    }
    assert ended["net"][0] == "applied"
    assert ended["dns"][0] == "refused"
    assert path in ended["dns"][1]
    last, shop = said["components"]
    assert (shop["outcome"], last["outcome"]) == ("succeeded", "skipped")
    assert last["message"] == f"waits for dns, which waits for it: {path}"


def lines_of(plan: bytes) -> list[str]:
    """The units of a plan's text, in its order."""
    words = (line.split()[0] for line in plan.decode().splitlines() if line.strip())
    return [one for one in words if one in ("net", "dns")]


class Typing:
    """Commands in processes of their own: the cluster lives in this one."""

    def __init__(self, folder: Path, tofu: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "KUBECONFIG": str(folder / "kubeconfig"),
            "TRUNKLINE_CACHE": str(folder / "cache"),
            "TRUNKLINE_STORE": str(folder / "store.db"),
            "TRUNKLINE_TOFU": str(tofu),
        }

    async def __call__(self, *words: str) -> tuple[int, Any]:
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *words,
            cwd=self.folder / "repo",
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert b"Traceback" not in err, err.decode()
        return process.returncode or 0, json.loads(out) if "json" in words else out
