"""The archive that a saved plan is: the plan, the state it was made from, its code, its locks."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra.planfile.unsure import Unsure

PLAN, STATE, LOCKS = "tfplan", "tfstate", ".terraform.lock.hcl"
KNOWN = frozenset((PLAN, STATE, "tfstate-prev", LOCKS))
CODE = "tfconfig/"
ROOT_CODE = "tfconfig/m-/"

# Bytes of all that is unpacked. A larger plan is the program's to print.
LARGEST = 64 * 2**20
BOOKMARK = 4096


class Archive(Struct, frozen=True):
    """What a plan's file holds. `code` are the files of the root module by their names."""

    plan: bytes
    state: Mapping[str, Any]
    locks: str
    code: Mapping[str, str]


def unpacked(file: bytes) -> Archive:
    """Raises Unsure for a file that is encrypted, of another form, or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as whole:
            _check(whole.infolist())
            code = [one for one in whole.namelist() if one.startswith(ROOT_CODE)]
            return Archive(
                whole.read(PLAN),
                _state(whole),
                whole.read(LOCKS).decode(),
                {one.removeprefix(ROOT_CODE): whole.read(one).decode() for one in code},
            )
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError) as error:
        raise Unsure(f"it is no plan file: {error}") from error
    except (NotImplementedError, RuntimeError, OSError) as error:
        raise Unsure(f"it cannot be unpacked: {error}") from error


def state_of(file: bytes) -> tuple[int, str]:
    """The serial and the lineage of the state in a plan file.

    (-1, "") for a file that is encrypted by the program itself, or of another form: the program
    alone can say then whether it is stale.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as whole:
            state = _state(whole)
        return int(state.get("serial", -1)), str(state.get("lineage", ""))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, Unsure):
        return -1, ""


def is_elsewhere(file: bytes) -> bool:
    """Whether it holds no plan, but says at which host one is kept.

    Source: "Saved Cloud Plans" of Terraform and OpenTofu.
    """
    return file.startswith(b"{") and b'"remote_plan_format"' in file[:BOOKMARK]


def _check(entries: list[zipfile.ZipInfo]) -> None:
    names = [one.filename for one in entries]
    if len(set(names)) != len(names):
        raise Unsure("it holds two files of one name")
    if more := [one for one in names if one not in KNOWN and not one.startswith(CODE)]:
        raise Unsure(f"it holds {more[0]}, of which nothing is known")
    if sum(one.file_size for one in entries) > LARGEST:
        raise Unsure("it is too large")


def _state(whole: zipfile.ZipFile) -> Mapping[str, Any]:
    state = json.loads(whole.read(STATE))
    if not isinstance(state, dict):
        raise Unsure("its state is none")
    return state
