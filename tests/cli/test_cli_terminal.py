"""What the machine is like on which a user types: its terminal, its cache."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from gitrepo import GitRepo
from kube_objects import config_map, stream

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://git.test/shop.git", path: web, targetRevision: HEAD}
  destination: {name: eu, namespace: shop}
"""
SETTINGS = "repository: {urls: ['https://git.test/shop.git']}\nclusters: [{name: eu}]\n"


@pytest.fixture
def shop(repo: GitRepo) -> GitRepo:
    repo.write({"apps/web.yaml": APPLICATION, "trunkline.yaml": SETTINGS})
    repo.write({"web/all.yaml": stream(config_map("settings"))}).commit("begin")
    return repo


def test_a_cache_that_cannot_be_written_is_said_with_the_way_out(typed, shop, monkeypatch) -> None:
    monkeypatch.setenv("TRUNKLINE_CACHE", str(shop.path / "apps" / "web.yaml" / "cache"))
    shop.write({"apps/web.yaml": APPLICATION.replace("shop.git", "other.git")}).commit("elsewhere")
    said = typed("render", "web")
    assert said.code == 1
    assert "TRUNKLINE_CACHE names the folder of the cache" in said.err


@pytest.mark.parametrize(("word", "painted"), [("", True), ("1", False)])
def test_a_terminal_is_painted_unless_it_says_no(shop, monkeypatch, word, painted) -> None:
    shop.write({"web/more.yaml": stream(config_map("more"))}).commit("more")
    monkeypatch.setenv("NO_COLOR", word)
    monkeypatch.setenv("TERM", "xterm-256color")
    ours, theirs = pty.openpty()
    command = [Path(sys.executable).parent / "trunkline", "plan", "HEAD~1..HEAD"]
    subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, check=True)
    text = os.read(ours, 4096).decode()
    os.close(ours)
    os.close(theirs)
    assert "ConfigMap" in text
    assert ("\x1b[" in text) is painted
