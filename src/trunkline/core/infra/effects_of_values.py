"""What the values of a body do: the functions that they call, and the paths that these read.

Paths are worked out without knowing where a unit or a module lies: in the worst place it is copied
to, what goes up leaves it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra import vouched
from trunkline.core.infra.hcl import Attribute
from trunkline.core.infra.hcl.evaluate import JOINING, UNKNOWN, Function, Scope, evaluate
from trunkline.core.infra.hcl.syntax import (
    Call,
    Expression,
    Items,
    Literal,
    Name,
    Pairs,
    Template,
    calls_of,
    names_of,
)
from trunkline.core.infra.modules import READERS
from trunkline.core.infra.reading import ROOT, from_root

# The outputs of another unit, which may hold what its own plans mask.
REMOTE_STATE = ("data", "terraform_remote_state")
# Deeper than any path goes up: what is relative to an unknown directory stays inside.
_DEEP = ROOT + "/d" * 60


class Effect(Struct, frozen=True):
    """`what` in words, `text` what tells it from another of its kind."""

    what: str
    text: str
    line: int
    steered: bool = False


Found = Iterator[Effect]


def values_of(one: Attribute) -> Found:
    """What the value of an attribute does."""
    for call in calls_of(one.value):
        yield from _call(call, one.line)
    for name in names_of(one.value):
        if name.steps[:1] == ("dependency",) or name.steps[:2] == REMOTE_STATE:
            yield Effect(f"what {'.'.join(name.steps)} says", repr(name.steps), one.line)


def _call(call: Call, line: int) -> Found:
    name = call.name.removeprefix("core::")
    first = call.arguments[0] if call.arguments else None
    if name in vouched.FUNCTIONS or name in vouched.PLACES:
        return
    if name == "get_env":
        yield Effect(name, repr(call), line, steered=not isinstance(first, Literal))
    elif name == "nonsensitive":
        yield Effect(name, repr(call), line)
    elif name == "read_terragrunt_config":
        if first is None or not is_read_here(first):
            yield Effect(f"{name} of another file", repr(call), line, steered=True)
    elif name in _READING:
        if first is None or from_root(placed(first, WORST), "") is None:
            yield Effect(f"{name} of a file elsewhere", repr(first), line, steered=True)
    elif name == "sops_decrypt_file":
        yield Effect(name, repr(call), line)
    else:
        what = name if name == "run_cmd" else f"function {name}"
        yield Effect(what, repr(call.arguments), line, steered=True)


_READING = frozenset({*READERS, "fileset", "fileexists", "mark_as_read", "read_tfvars_file"})


class _Scope(Struct, frozen=True):
    """Only the directories of the repository are known here, all as the same `at`."""

    at: str
    functions: Mapping[str, Function]
    vouching: bool = False

    def named(self, name: str) -> Any:
        return {"module": self.at, "root": self.at} if name == "path" else UNKNOWN


def _scope(at: str, **more: Function) -> _Scope:
    places = ("get_terragrunt_dir", "get_parent_terragrunt_dir", "get_original_terragrunt_dir")
    here: Mapping[str, Function] = dict.fromkeys((*places, "get_repo_root"), lambda *_: at)
    return _Scope(at, {**here, **more})


# Wherever a module or a unit is copied to, what does not go up stays in it.
WORST = _scope(ROOT)
# Here every path stays in the repository: discovery reads the file, so it is looked at too.
SOMEWHERE = _scope(
    _DEEP,
    find_in_parent_folders=lambda name="terragrunt.hcl", *_: posixpath.join(_DEEP, name),
    path_relative_from_include=lambda *_: ".",
)


# What puts paths together, and chooses nothing: what is chosen by where a unit lies would be
# another thing there than here, where all places are the same.
_JOINING = frozenset({*WORST.functions, *SOMEWHERE.functions, *JOINING, "dirname"})


def placed(path: Expression, scope: Scope) -> Any:
    """What a path is that is only put together; UNKNOWN for any other."""
    waiting: list[Expression] = [path]
    while waiting:
        match waiting.pop():
            case Template(parts) | Items(parts):
                waiting.extend(parts)
            case Call(name, parts) if name in _JOINING:
                waiting.extend(parts)
            case Literal() | Name():
                pass
            case _:
                return UNKNOWN
    return evaluate(path, scope)


def is_read_here(path: Any) -> bool:
    """Whether it is surely a file of HCL in this repository, which is looked at by itself."""
    found = from_root(placed(path, SOMEWHERE), _DEEP[len(ROOT) + 1 :])
    return found is not None and found.endswith(".hcl")


def is_written_local(value: Any) -> bool:
    return isinstance(value, Literal) and str(value.value).startswith(("./", "../"))


def is_local(value: Any) -> bool:
    """Whether a source is a path of this repository; one that is put together of what is not known
    is none that could be vouched for."""
    found = placed(value, SOMEWHERE)
    inside = isinstance(found, str) and found.startswith(f"{ROOT}/")
    return inside or is_written_local(value)


def stays_where_it_is(path: Expression) -> bool:
    """Whether a file that is made surely lies where it does now, or beside the code."""
    return isinstance(path, Literal) or from_root(placed(path, WORST), "") is not None


def is_plain(value: Any) -> bool:
    """Whether everything in it is written out, so that no other value decides what it says."""
    match value:
        case Literal():
            return True
        case Items(items):
            return all(map(is_plain, items))
        case Pairs(items):
            return all(is_plain(one) for _, one in items)
        case Call(name, arguments) if name.startswith("get_terraform_commands_that_need_"):
            return not arguments
    return False
