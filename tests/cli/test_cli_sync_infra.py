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
        await typed("infra", "plan", "HEAD~1..HEAD")
        done, said = await typed("sync", "--infra", "--output", "json")
    assert done == code
    (unit,), (shop,) = said["infrastructure"]["units"], said["components"]
    assert [unit["outcome"], shop["outcome"]] == outcomes


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
