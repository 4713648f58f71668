"""What a body of HCL does besides being read: what it starts, asks, reads or takes from elsewhere.

Everything counts that `vouched.py` does not list. An effect is *steered* where a value or a file
that somebody changes decides what it does, though the effect itself was there before.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra import vouched
from trunkline.core.infra.hcl import Attribute, Block, Body
from trunkline.core.infra.hcl.evaluate import UNKNOWN, Function, evaluate
from trunkline.core.infra.hcl.syntax import (
    Call,
    Items,
    Literal,
    Pairs,
    calls_of,
    canonical,
    names_of,
)
from trunkline.core.infra.modules import READERS
from trunkline.core.infra.reading import ROOT, from_root

# The outputs of another unit, which may hold what its own plans mask.
REMOTE_STATE = ("data", "terraform_remote_state")
HOOKS = ("before_hook", "after_hook", "error_hook")
# Data of these clouds is asked of their own servers, whatever the values are.
CLOUDS = ("aws_", "azurerm_", "google_")
# Deeper than any path goes up: what is relative to an unknown directory stays inside.
_DEEP = ROOT + "/d" * 60


class Effect(Struct, frozen=True):
    """`what` in words, `text` what tells it from another of its kind."""

    what: str
    text: str
    line: int
    steered: bool = False


Found = Iterator[Effect]


def effects(body: Body, inside: str = "") -> Found:
    """The effects of a body; `inside` is the kind of the block that it is of."""
    for one in body.attributes:
        yield from _attribute(one, inside)
    for block in body.blocks:
        yield from _block(block, inside)


def _attribute(one: Attribute, inside: str) -> Found:
    if not inside and one.name in vouched.ATTRIBUTES:
        yield Effect(one.name, repr(one.value), one.line, steered=not _is_plain(one.value))
    if inside == "resource" and one.name in vouched.RUN_BY_ATTRIBUTES:
        yield Effect(one.name, repr(one.value), one.line, steered=True)
    for call in calls_of(one.value):
        yield from _call(call, one.line)
    for name in names_of(one.value):
        if name.steps[:1] == ("dependency",) or name.steps[:2] == REMOTE_STATE:
            yield Effect(f"what {'.'.join(name.steps)} says", repr(name.steps), one.line)


def _block(block: Block, inside: str) -> Found:
    if inside == "resource":
        yield from _of_resource(block)
    elif judge := _JUDGES.get(block.kind):
        yield from judge(block)
    elif block.kind in vouched.BLOCKS:
        yield from effects(block.body, block.kind)
    else:
        yield _whole(block)
        yield from effects(block.body, block.kind)


def _whole(block: Block, *, steered: bool = False) -> Effect:
    return Effect(_shown(block), canonical(block), block.line, steered)


def _shown(block: Block) -> str:
    return " ".join((block.kind, *block.labels))


def _of_resource(block: Block) -> Found:
    kind = block.labels[0] if block.kind == "dynamic" and block.labels else block.kind
    if kind in vouched.RUN_BY_RESOURCES:
        # Provisioners run when it is applied, which is after a review.
        yield _whole(block, steered=kind not in ("provisioner", "connection"))
    yield from effects(block.body, "resource")


def _resource(block: Block) -> Found:
    yield from effects(block.body, "resource")


def _data(block: Block) -> Found:
    kind = block.labels[0] if block.labels else ""
    asks = not kind.startswith(CLOUDS) and not _is_plain_body(block.body)
    yield _whole(block, steered=kind == "external" or asks)
    yield from effects(block.body, "data")


def _sourced(block: Block) -> Found:
    source = block.body.attribute("source")
    local = _is_written_local if block.kind == "module" else _is_local
    if source and not local(source.value):
        what = f"{_shown(block)} from elsewhere"
        yield Effect(what, repr(source.value), source.line, steered=True)
    yield from effects(block.body, block.kind)


def _stacked(block: Block) -> Found:
    yield from _sourced(block)
    path = block.body.attribute("path")
    if path and from_root(evaluate(path.value, WORST), "") is None:
        yield Effect(f"{_shown(block)} made elsewhere", repr(path.value), path.line, steered=True)


def _terraform(block: Block) -> Found:
    for inner in block.body.of("required_providers"):
        for one in inner.body.attributes:
            yield Effect(f"provider {one.name}", repr(one.value), one.line)
    own = tuple(one for one in block.body.blocks if one.kind != "required_providers")
    yield from _sourced(Block(block.kind, block.labels, Body(block.body.attributes, own)))


def _provider(block: Block) -> Found:
    for inner in _below(block.body):
        if inner.kind == "exec" or (inner.kind == "dynamic" and inner.labels[:1] == ("exec",)):
            what = f"exec of {_shown(block)}"
            yield Effect(what, canonical(inner), inner.line, steered=True)
    bodies = (block.body, *(one.body for one in _below(block.body)))
    names = [one.name for body in bodies for one in body.attributes]
    telling = any(word in name for name in names for word in vouched.TELLING)
    what = f"configuration of {_shown(block)}"
    yield Effect(what, canonical(block), block.line, steered=telling)
    yield from _calls(block.body)


def _include(block: Block) -> Found:
    path = block.body.attribute("path")
    if path and not _is_read_here(path.value):
        yield Effect(f"{_shown(block)} of another file", repr(path.value), path.line, steered=True)
    yield from _calls(block.body)


def _generate(block: Block) -> Found:
    contents = block.body.attribute("contents")
    yield _whole(block, steered=contents is None or not isinstance(contents.value, Literal))
    yield from _calls(block.body)


def _arguments(block: Block) -> Found:
    env = block.body.attribute("env_vars") or next(block.body.of("env_vars"), None)
    yield _whole(block, steered=env is not None or not _is_plain_body(block.body))
    yield from _calls(block.body)


def _running(block: Block) -> Found:
    yield _whole(block, steered=True)
    yield from _calls(block.body)


_JUDGES: Mapping[str, Callable[[Block], Found]] = {
    "resource": _resource,
    "data": _data,
    "ephemeral": _data,
    "module": _sourced,
    "terraform": _terraform,
    "provider": _provider,
    "include": _include,
    "generate": _generate,
    "unit": _stacked,
    "stack": _stacked,
    "extra_arguments": _arguments,
    **dict.fromkeys((*HOOKS, "engine", "encryption"), _running),
}


def _calls(body: Body) -> Found:
    for one in body.attributes:
        for call in calls_of(one.value):
            yield from _call(call, one.line)
    for block in body.blocks:
        yield from _calls(block.body)


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
        if first is None or not _is_read_here(first):
            yield Effect(f"{name} of another file", repr(call), line, steered=True)
    elif name in _READING:
        if first is None or from_root(evaluate(first, WORST), "") is None:
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


def _is_read_here(path: Any) -> bool:
    """Whether it is surely a file of HCL in this repository, which is looked at by itself."""
    found = from_root(evaluate(path, SOMEWHERE), _DEEP[len(ROOT) + 1 :])
    return found is not None and found.endswith(".hcl")


def _is_written_local(value: Any) -> bool:
    return isinstance(value, Literal) and str(value.value).startswith(("./", "../"))


def _is_local(value: Any) -> bool:
    """Whether a source is a path of this repository; one that is put together of what is not known
    is none that could be vouched for."""
    found = evaluate(value, SOMEWHERE)
    inside = isinstance(found, str) and found.startswith(f"{ROOT}/")
    return inside or _is_written_local(value)


def _is_plain(value: Any) -> bool:
    """Whether everything in it is written out, so that no other value decides what it says."""
    match value:
        case Literal():
            return True
        case Items(items):
            return all(map(_is_plain, items))
        case Pairs(items):
            return all(_is_plain(one) for _, one in items)
        case Call(name, arguments) if name.startswith("get_terraform_commands_that_need_"):
            return not arguments
    return False


def _is_plain_body(body: Body) -> bool:
    return all(_is_plain(one.value) for one in body.attributes) and all(
        _is_plain_body(one.body) for one in body.blocks
    )


def _below(body: Body) -> Iterator[Block]:
    for block in body.blocks:
        yield block
        yield from _below(block.body)
