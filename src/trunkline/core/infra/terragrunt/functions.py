"""Terragrunt's own functions, as far as files alone answer them.

Source: docs.terragrunt.com, "HCL functions". What runs a program, asks a cloud or the environment
gives UNKNOWN, `get_env` its default.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from trunkline.core.infra.hcl.evaluate import UNKNOWN, Function
from trunkline.core.infra.reading import ROOT, from_root, rooted

if TYPE_CHECKING:
    from trunkline.core.infra.terragrunt.config import Config

UNIT_FILE = "terragrunt.hcl"


def functions_of(config: Config) -> Mapping[str, Function]:
    """The functions as they answer in one file."""
    return {name: partial(function, config) for name, function in _TABLE.items()}


def _terragrunt_dir(here: Config) -> str:
    return rooted(here.unit if here.child else here.directory)


def _parent_dir(here: Config, name: str = "") -> str:
    return rooted(here.parent(name).directory)


def _relative_to_include(here: Config, name: str = "") -> str:
    return posixpath.relpath(f"/{here.unit}", f"/{here.parent(name).directory}")


def _relative_from_include(here: Config, name: str = "") -> str:
    return posixpath.relpath(f"/{here.parent(name).directory}", f"/{here.unit}")


def _env(_here: Config, _name: Any, default: Any = UNKNOWN) -> Any:
    return default


def _find_in_parent_folders(here: Config, name: Any = UNIT_FILE, default: Any = UNKNOWN) -> Any:
    if not isinstance(name, str):
        return UNKNOWN
    directory = here.unit if here.child else here.directory
    while directory:
        directory = posixpath.dirname(directory)
        path = posixpath.join(directory, name)
        if here.files.is_file(path) or here.files.is_directory(path):
            return rooted(path)
    return default


def _read_config(here: Config, path: Any, default: Any = UNKNOWN) -> Any:
    file = from_root(path, here.directory)
    if file is not None and not here.files.is_file(file):
        file = posixpath.join(file, UNIT_FILE) if here.files.is_directory(file) else None
    found = here.read(file) if file is not None else None
    if found is None:
        is_there = path is UNKNOWN or (file is not None and here.files.is_file(file))
        return UNKNOWN if here.vouching and is_there else default
    return found


def _file(here: Config, path: Any) -> Any:
    file = from_root(path, here.directory)
    text = here.files.text(file) if file is not None else None
    return UNKNOWN if text is None else text


def _noted(here: Config, path: Any) -> Any:
    file = from_root(path, here.directory)
    if file is not None:
        here.found.reads.add(file)
    return UNKNOWN


def _mark_as_read(here: Config, path: Any) -> Any:
    _noted(here, path)
    return path


def _exists(here: Config, path: Any) -> Any:
    file = from_root(path, here.directory)
    if file is None:
        return UNKNOWN
    here.found.reads.add(file)
    return here.files.is_file(file)


# Those that are worked out for what they read, wherever they stand.
READING = (
    *("read_terragrunt_config", "read_tfvars_file"),
    *("fileexists", "mark_as_read", "sops_decrypt_file"),
)

_TABLE: Mapping[str, Function] = {
    "file": _file,
    "fileexists": _exists,
    "find_in_parent_folders": _find_in_parent_folders,
    "get_env": _env,
    "get_original_terragrunt_dir": lambda here: rooted(here.unit),
    "get_parent_terragrunt_dir": _parent_dir,
    "get_path_from_repo_root": lambda here: here.unit,
    "get_path_to_repo_root": lambda here: posixpath.relpath("/", f"/{here.unit}"),
    "get_repo_root": lambda here: ROOT,
    "get_terragrunt_dir": _terragrunt_dir,
    "mark_as_read": _mark_as_read,
    "path_relative_from_include": _relative_from_include,
    "path_relative_to_include": _relative_to_include,
    "read_terragrunt_config": _read_config,
    "read_tfvars_file": _noted,
    "sops_decrypt_file": _noted,
}
