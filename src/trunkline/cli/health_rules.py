"""The health rules that a command line names: files and folders of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trunkline.cli.running import Failure
from trunkline.core.argo.argocd_cm import configured, may_configure
from trunkline.core.argo.customizations import Customizations, kinds_of, of_file
from trunkline.core.argo.lua_rule import FILE, LuaRule
from trunkline.core.finding import Finding

YAML = (".yaml", ".yml", ".json")


def rules_at(paths: list[Path]) -> Customizations:
    """The rules at these paths; the later one counts. Raises Failure where there are none."""
    findings: list[Finding] = []
    return Customizations.of([rule for one in paths for rule in _rules(one, findings)], findings)


def _rules(path: Path, findings: list[Finding]) -> list[LuaRule]:
    """A folder in Argo CD's layout, or one that holds such folders; one `health.lua`; a file with
    an `argocd-cm`."""
    if not path.exists():
        raise Failure(f"{path}: no such file or folder")
    told = len(findings)
    rules = [rule for one in _files(path) for rule in _of_file(one, path, findings)]
    if not rules and len(findings) == told:
        raise Failure(
            f"{path}: no health rules; a folder with <group>/<kind>/{FILE}, such a file, or a "
            "file with the ConfigMap argocd-cm is expected"
        )
    return rules


def _of_file(file: Path, given: Path, findings: list[Finding]) -> Iterator[LuaRule]:
    data = file.read_bytes()
    if file.name == FILE:
        folder = given if given.is_dir() else file.absolute().parents[2]
        kinds = kinds_of(str(file.absolute()), str(folder.absolute()))
        yield from of_file(data, str(file), kinds, findings)
    elif may_configure(data):
        yield from configured(data, str(file), findings)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    below = (one for one in path.rglob("*") if one.name == FILE or one.suffix in YAML)
    return sorted(one for one in below if one.is_file())
