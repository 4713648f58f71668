"""`kustomize build`, by the kubectl program that a wheel brings along.

The program wants files, so each job gets a folder of its own inside the worker's; the process that
runs it inherits the worker's confinement: no network, nothing else to read, kubectl alone to
execute.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.core.argo.build_options import ANYWHERE, ROOT_ONLY
from trunkline.core.kinds.kustomization import FILES
from trunkline.core.kinds.kustomize import BASES, HELM, LOADS, OURS, TREE
from trunkline.core.rendering import RenderError
from trunkline.core.unstable import differing
from trunkline.core.yaml import YamlError, dump, load
from trunkline.edge.render import helm_program, helm_random
from trunkline.edge.render.kustomize_edit import edited, localised
from trunkline.edge.render.limits import collecting
from trunkline.edge.render.long_texts import KNOWN
from trunkline.edge.render.wire import Output

_ADVICE = "# Warning: "

# How Kustomize ran helm, behind what helm said.
_COMMAND = re.compile(r"\s*: unable to run: '.*", re.DOTALL)

# How Kustomize refuses a file.
_OUTSIDE = "security; file"
_REMEDY = f"move the file, or set kustomize.loadRestrictor: {ANYWHERE} in trunkline.yaml"

_program: tuple[Path, Path] | None = None
_shut_in = False
_collects: Mapping[str, str] = {}


def prepare(kubectl: Path, folder: Path, *, shut_in: bool, memory: int = 0) -> None:
    """Say once, before the first job, which program to run and where jobs may lie; `shut_in`: this
    process can read nothing else; `memory` in bytes is what it may have, 0 for any."""
    global _program, _shut_in, _collects
    _program, _shut_in = (kubectl, folder), shut_in
    _collects = collecting(memory) if memory else {}


def render(options: Mapping[str, Any], files: Mapping[str, bytes]) -> Output:
    """The objects of the kustomization. Raises RenderError."""
    found = _rendered(options, files)
    if HELM not in options or not helm_random.suspicious(files, {}):
        return found, [], []
    try:
        again = _rendered(options, helm_random.at_another_time(files))
    except RenderError:
        again = _rendered(options, files)
    places = differing(found, again)
    return (found, [], places) if places is not None else (found, [helm_random.OTHER_OBJECTS], [])


def _rendered(options: Mapping[str, Any], files: Mapping[str, bytes]) -> list[Any]:
    assert _program is not None, "prepare() comes first"
    kubectl, folder = _program
    overrides = {key: value for key, value in options.items() if key not in OURS}
    work = Path(tempfile.mkdtemp(dir=folder))
    try:
        _write(work, localised(files, options.get(BASES) or {}))
        target = work / TREE / options["root"]
        if overrides:
            _edit(target, overrides)
        text = _build([os.fspath(kubectl), "kustomize", *_flags(options, folder)], target, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    try:
        return [one.value for one in KNOWN.documents(text.decode())]
    except (YamlError, UnicodeDecodeError) as error:
        raise RenderError(f"kustomize printed what is no YAML: {error}") from None


def _flags(options: Mapping[str, Any], folder: Path) -> list[str]:
    """Raises RenderError for what is not safe on this machine."""
    if LOADS not in options:
        return _helm_flags(options, folder)
    if not _shut_in:
        raise RenderError(
            f"{ANYWHERE}: this machine cannot keep Kustomize from reading the user's own files",
            remedy="render on a Linux with Landlock (kernel 5.13 or later), or set "
            f"kustomize.loadRestrictor: {ROOT_ONLY} in trunkline.yaml",
        )
    return [f"--load-restrictor={options[LOADS]}", *_helm_flags(options, folder)]


def _helm_flags(options: Mapping[str, Any], folder: Path) -> list[str]:
    """Charts are inflated by the `helm` that lies in the worker's folder."""
    if HELM not in options:
        return []
    helm = options[HELM]
    versions = ",".join(helm["apiVersions"])
    return [
        "--enable-helm",
        f"--helm-command={folder / helm_program.NAME}",
        f"--helm-kube-version={helm['kubeVersion']}",
        *([f"--helm-api-versions={versions}"] if versions else []),
    ]


def _write(work: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        place = work / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _edit(target: Path, options: Mapping[str, Any]) -> None:
    file = next(target / name for name in FILES if (target / name).exists())
    file.write_text(dump(edited(load(file.read_bytes()) or {}, options)))


def _build(command: list[str], target: Path, work: Path) -> bytes:
    """What kubectl prints; its advice about deprecated fields is left out. Raises RenderError."""
    done = subprocess.run(
        [*command, os.fspath(target)],
        env={"TMPDIR": os.fspath(work), **_collects},
        cwd=work,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=_bounded,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").replace(f"{work}/{TREE}/", "").splitlines()
        said = "\n".join(one for one in lines if not one.startswith(_ADVICE)).strip()
        said = _COMMAND.sub("", said).removeprefix("error: ").removeprefix("Error: ")
        raise RenderError(said or "kustomize was ended", remedy=_REMEDY * (_OUTSIDE in said))
    return done.stdout


def _bounded() -> None:
    """A CPU limit that outlives the worker: the rest is inherited from it."""
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
