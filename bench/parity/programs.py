"""What `helm template` and `kubectl kustomize` print, read into objects."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from bench.parity.find import Case
from trunkline.core.rendering import Capabilities
from trunkline.core.yaml import YamlError, documents, dump
from trunkline.edge.render.pool import kubectl_program

NAMESPACE = "parity"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Printed:
    """`documents` of the output; `error` where there is none."""

    documents: tuple[Any, ...] = ()
    error: str = ""


def printed(case: Case, root: Path, helm: Path) -> Printed:
    folder = root / case.path
    if case.helm is None:
        flags = ["--enable-helm", f"--helm-command={helm}"]
        return _run([kubectl_program(), "kustomize", *flags, str(folder)], folder)
    command = [str(helm), "template", case.id, ".", "--namespace", NAMESPACE, "--include-crds"]
    command += ["--kube-version", case.helm.get("kubeVersion") or Capabilities().kube_version]
    for version in case.helm.get("apiVersions", ()):
        command += ["--api-versions", version]
    for file in case.helm.get("valueFiles", ()):
        command += ["--values", file]
    for one in case.helm.get("parameters", ()):
        command += ["--set", f"{one['name']}={one['value']}"]
    with NamedTemporaryFile("w", suffix=".yaml") as inline:
        if "valuesObject" in case.helm:
            inline.write(dump(case.helm["valuesObject"]))
            inline.flush()
            command += ["--values", inline.name]
        return _run(command, folder)


def _run(command: list[str], folder: Path) -> Printed:
    try:
        done = subprocess.run(
            command, cwd=folder, env={"HOME": "/nonexistent"}, capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return Printed(error="took too long")
    if done.returncode:
        return Printed(error=done.stderr.decode(errors="replace").strip()[-600:] or "failed")
    try:
        return Printed(tuple(one.value for one in documents(done.stdout)))
    except YamlError as error:
        return Printed(error=f"printed what is no YAML: {error}")
