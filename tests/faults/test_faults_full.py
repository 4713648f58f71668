"""A disk that is truly full: a small file system of its own, in a namespace of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gitrepo import ENVIRONMENT, GitRepo

PROGRAM = str(Path(sys.executable).with_name("trunkline"))
ALONE = ("unshare", "--user", "--map-root-user", "--mount")
COUNT = 'echo "exit $?, $(find "$DISK" -name "*.pack.tmp" -o -name "tmp_pack*" | wc -l) left"'
MOUNTS = f"""
look() {{ "$PROGRAM" components --repo "$URL" 2>&1; {COUNT}; }}
mount -t tmpfs -o size=64k none "$DISK" || exit 70
look
mount -o remount,size=8m "$DISK"
look
mv "$REPO/large.bin.later" "$REPO/large.bin"
git -C "$REPO" add large.bin
git -C "$REPO" commit --quiet --message larger
look
mount -o remount,size=80m "$DISK"
look
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  source: {repoURL: "https://git.test/config.git", path: shop}
  destination: {name: eu, namespace: shop}
"""


def can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    mount = (*ALONE, "mount", "-t", "tmpfs", "none", os.fspath(folder))
    return subprocess.run(mount, capture_output=True).returncode == 0


def test_a_full_disk_under_a_mirror_is_told_and_costs_nothing_later(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if not can_mount(disk):
        pytest.skip("this system lets nobody mount in a namespace of his own")
    repo = GitRepo(tmp_path / "repo").write({"apps/shop.yaml": APPLICATION, "shop/.keep": ""})
    repo.commit()
    (repo.path / "large.bin.later").write_bytes(os.urandom(12_000_000))
    environment = {
        **ENVIRONMENT,
        "HOME": os.fspath(tmp_path),
        "KUBECONFIG": os.devnull,
        "TRUNKLINE_CACHE": os.fspath(disk),
        "TRUNKLINE_STORE": os.fspath(tmp_path / "store.db"),
        "DISK": os.fspath(disk),
        "PROGRAM": PROGRAM,
        "REPO": os.fspath(repo.path),
        "URL": f"file://{repo.path}",
    }
    done = subprocess.run(
        (*ALONE, "sh", "-c", MOUNTS), env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    refused, listed = f"! file://{repo.path}: the disk of its mirror is full\n", "shop"
    first, second, third, fourth = done.stdout.split(" left\n")[:4]
    assert first.startswith(refused) and "free some space" in first and "exit 1, 0" in first
    assert listed in second and "exit 0, 0" in second
    assert third.startswith(refused) and "exit 1, " in third
    assert listed in fourth and "exit 0, 0" in fourth
