"""`helm`, as far as Kustomize runs it: `helm version` and `helm template`, without a network.

Kustomize inflates charts by a program of that name. This is one, made of the same parts that
render charts for Trunkline: it runs where Kustomize runs, inside the worker's confinement.
"""

from __future__ import annotations

import argparse
import os
import stat
import sys
from pathlib import Path

from trunkline.core.kinds.helm import CHART, VALUES
from trunkline.core.rendering import Capabilities, RenderError

# Kustomize asks for a version of three numbers and wants the first to be 3 or 4.
VERSION = "v4.0.0+trunkline"

NAME = "helm"

_SCRIPT = """\
#!{python} -I
import sys
sys.path[:] = {path!r}
from trunkline.edge.render.helm_program import main
main(sys.argv[1:])
"""


def written(folder: Path) -> tuple[Path, Path]:
    """The program in the folder, and the interpreter that runs it: both must be executable."""
    python, program = Path(sys.executable).resolve(), folder / NAME
    program.write_text(_SCRIPT.format(python=python, path=sys.path))
    program.chmod(stat.S_IRUSR | stat.S_IXUSR)
    return program, python


def main(arguments: list[str]) -> None:
    verb = arguments[0] if arguments else ""
    try:
        if verb == "version":
            print(VERSION)
        elif verb == "template":
            print(_template(_parsed(arguments[1:])))
        else:
            raise RenderError(f"helm {verb}: a render has no network; vendor the chart")
    except RenderError as error:
        sys.exit(f"Error: {error}")


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="helm template")
    parser.add_argument("places", nargs="+")
    parser.add_argument("--generate-name", action="store_true")
    parser.add_argument("--name-template", default="")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("-f", dest="values", action="append", default=[], type=Path)
    parser.add_argument("--api-versions", action="append", default=[])
    parser.add_argument("--kube-version", default=Capabilities().kube_version)
    for flag in ("--include-crds", "--skip-tests", "--no-hooks", "--debug", "--devel"):
        parser.add_argument(flag, action="store_true")
    asked, unknown = parser.parse_known_args(arguments)
    if unknown:
        raise RenderError(f"helm template {unknown[0]}: this is not known here")
    return asked


def _template(asked: argparse.Namespace) -> str:
    from trunkline.edge.render import tool_helm

    *names, chart = asked.places
    files = {f"{CHART}/{path}": data for path, data in _files(Path(chart)).items()}
    values = {f"{VALUES}/{n}.yaml": path.read_bytes() for n, path in enumerate(asked.values)}
    options = {
        "name": _release(names, asked.name_template),
        "namespace": asked.namespace,
        "kubeVersion": asked.kube_version,
        "apiVersions": asked.api_versions,
        "valueFiles": list(values),
        "values": {},
        "parameters": [],
        "fileParameters": [],
        "skipCrds": not asked.include_crds,
        "skipTests": asked.skip_tests,
        "skipSchemaValidation": False,
        "localCharts": [],
    }
    return tool_helm.text(options, {**files, **values}, hooks=not asked.no_hooks)


def _release(names: list[str], template: str) -> str:
    """The release's name: helm's own default where --generate-name would be another each second."""
    from trunkline.edge.render import helm_archive

    if template and names:
        raise RenderError("helm template: there is a releaseName and a nameTemplate")
    if template:
        return helm_archive.expanded(template, {})
    return names[0] if names else "release-name"


def _files(chart: Path) -> dict[str, bytes]:
    return {
        os.path.relpath(Path(folder) / name, chart): (Path(folder) / name).read_bytes()
        for folder, _, names in os.walk(chart, followlinks=True)
        for name in names
    }
