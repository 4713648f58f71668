"""What a body of HCL does besides being read: what it starts, asks, reads or takes from elsewhere.

Everything counts that `vouched.py` does not list. An effect is *steered* where a value or a file
that somebody changes decides what it does, though the effect itself was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from trunkline.core.infra import vouched
from trunkline.core.infra.effects_of_values import (
    WORST,
    Effect,
    Found,
    is_local,
    is_plain,
    is_read_here,
    is_written_local,
    placed,
    stays_where_it_is,
    values_of,
)
from trunkline.core.infra.hcl import Attribute, Block, Body
from trunkline.core.infra.hcl.syntax import (
    Literal,
    Pairs,
    canonical,
)
from trunkline.core.infra.reading import from_root

HOOKS = ("before_hook", "after_hook", "error_hook")
# Data of these clouds is asked of their own servers, whatever the values are.
CLOUDS = ("aws_", "azurerm_", "google_")


def effects(body: Body, inside: str = "") -> Found:
    """The effects of a body; `inside` is the kind of the block that it is of."""
    for one in body.attributes:
        yield from _attribute(one, inside)
    for block in body.blocks:
        yield from _block(block, inside)


def _attribute(one: Attribute, inside: str) -> Found:
    if not inside and one.name in vouched.ATTRIBUTES:
        yield Effect(one.name, repr(one.value), one.line, steered=not is_plain(one.value))
    if inside == "resource" and one.name in vouched.RUN_BY_ATTRIBUTES:
        yield Effect(one.name, repr(one.value), one.line, steered=True)
    yield from values_of(one)


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
    local = is_written_local if block.kind == "module" else is_local
    if source and not local(source.value):
        what = f"{_shown(block)} from elsewhere"
        yield Effect(what, repr(source.value), source.line, steered=True)
    yield from effects(block.body, block.kind)


def _stacked(block: Block) -> Found:
    yield from _sourced(block)
    path = block.body.attribute("path")
    if path and from_root(placed(path.value, WORST), "") is None:
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
    steered = _tells(names, vouched.TELLING) or _leads_elsewhere(block.body)
    what = f"configuration of {_shown(block)}"
    yield Effect(what, canonical(block), block.line, steered=steered)
    yield from _calls(block.body)


def _leads_elsewhere(body: Body) -> bool:
    """Whether a value that is not written out says where a provider calls."""
    named = (one for one in body.attributes if not is_plain(one.value))
    if _tells((one.name for one in named), vouched.ADDRESSES):
        return True
    return any(
        _leads_elsewhere(one.body)
        or (_tells((one.kind, *one.labels), vouched.ADDRESSES) and not _is_plain_body(one.body))
        for one in body.blocks
    )


def _tells(names: Iterable[str], words: Iterable[str]) -> bool:
    return any(word in name for name in names for word in words)


def _include(block: Block) -> Found:
    path = block.body.attribute("path")
    if path and not is_read_here(path.value):
        yield Effect(f"{_shown(block)} of another file", repr(path.value), path.line, steered=True)
    yield from _calls(block.body)


def _generate(block: Block) -> Found:
    contents, path = block.body.attribute("contents"), block.body.attribute("path")
    plain = contents is not None and isinstance(contents.value, Literal)
    moves = path is not None and not stays_where_it_is(path.value)
    yield _whole(block, steered=moves or not plain)
    yield from _calls(block.body)


def _remote_state(block: Block) -> Found:
    made = block.body.attribute("generate")
    values = [one for _, one in made.value.items] if made and isinstance(made.value, Pairs) else []
    moves = made is not None and not (values and all(map(stays_where_it_is, values)))
    yield _whole(block, steered=moves)
    yield from effects(block.body, block.kind)


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
    "remote_state": _remote_state,
    "unit": _stacked,
    "stack": _stacked,
    "extra_arguments": _arguments,
    **dict.fromkeys((*HOOKS, "engine", "encryption"), _running),
}


def _calls(body: Body) -> Found:
    for one in body.attributes:
        yield from values_of(one)
    for block in body.blocks:
        yield from _calls(block.body)


def _below(body: Body) -> Iterator[Block]:
    for block in body.blocks:
        yield block
        yield from _below(block.body)


def _is_plain_body(body: Body) -> bool:
    return all(is_plain(one.value) for one in body.attributes) and all(
        _is_plain_body(one.body) for one in body.blocks
    )
