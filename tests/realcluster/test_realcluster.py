"""The real control plane comes alive, and dies with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

from realcluster.binaries import Programs
from realcluster.start import RealCluster

STARTER = """
import sys, time
from pathlib import Path
from realcluster.binaries import Programs
from realcluster.start import ControlPlane
plane = ControlPlane(Programs(Path(sys.argv[1])))
plane._run(["sleep", "300"])
print(plane.folder, flush=True)
time.sleep(300)
"""


def test_the_version_is_the_one_that_the_modules_pin(real_cluster: RealCluster) -> None:
    assert real_cluster.call("GET", "/version")["gitVersion"] == "v1.36.3"


def test_the_kubeconfig_has_one_context(real_cluster: RealCluster) -> None:
    config = yaml.safe_load(real_cluster.kubeconfig.read_text())
    assert [one["name"] for one in config["contexts"]] == ["real"]
    assert real_cluster.ca.exists()


def test_the_node_becomes_ready(real_cluster: RealCluster) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        status = real_cluster.call("GET", "/api/v1/nodes/node-1")["status"]
        ready = [c["status"] for c in status.get("conditions", ()) if c["type"] == "Ready"]
        if ready == ["True"]:
            return
        time.sleep(0.1)
    raise AssertionError(f"the node is not ready: {status}")


def test_helm_is_built_too(helm_binary: Path) -> None:
    done = subprocess.run([helm_binary, "version"], capture_output=True, text=True, check=True)
    assert "v4." in done.stdout


def test_nothing_outlives_a_killed_starter(real_programs: Programs) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(real_programs.folder)],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    folder = Path(starter.stdout.readline().strip())
    assert folder.is_dir()
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    end = time.monotonic() + 10
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()
