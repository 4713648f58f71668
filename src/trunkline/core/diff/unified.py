"""The difference as a reviewer reads it: unified YAML around the changed fields.

Three lines of context, and above each hunk the path that encloses it. Items of lists stand beside
their counterpart, and inside a file kept in a string only the changed lines are shown. The text
is printed from the tree of `align`, not found by comparing two printed texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.diff.align import ABSENT, Node, opcodes
from trunkline.core.diff.fields import masked
from trunkline.core.diff.mask import shown, told_apart
from trunkline.core.diff.path import Path, enclosing, said
from trunkline.core.diff.schemas import SCHEMA, brief, is_schema, schema_lines
from trunkline.core.yaml import dump

CONTEXT = 3

# JSON on one line, longer than this, is compared as if it were written on many.
_LONG = 80

# Characters that would move the cursor, colour the terminal or reorder what is read.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


class Line(Struct, frozen=True):
    """`sign` is " ", "-" or "+"; "" marks a gap: lines that no hunk can reach."""

    sign: str
    text: str
    path: Path = ()

    def __str__(self) -> str:
        return self.sign + visible(self.text)


_GAP = Line("", "")


def unified(root: Node) -> str:
    """The text of a tree, "" where nothing is to be shown. Lines end with a line feed."""
    if root.before is ABSENT or root.after is ABSENT:
        sign, value = ("+", root.after) if root.before is ABSENT else ("-", root.before)
        lines = [Line(sign, text) for text in dump(masked(value)).splitlines()]
        return "".join(f"{line}\n" for line in lines)
    return "".join(f"{text}\n" for text in _hunks(list(_children(root, 0))))


def visible(text: str) -> str:
    """The text with every control and direction character written out."""
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _hunks(lines: list[Line]) -> Iterator[str]:
    """The changed lines with their context, each group under the path that encloses it."""
    for begin, end in _groups(lines):
        changed = [line.path for line in lines[begin:end] if line.sign not in (" ", "")]
        path = enclosing(changed) or changed[0]
        yield f"@@ {visible(shown(said(path))) or '.'} @@"
        yield from (str(line) for line in lines[begin:end])


def _groups(lines: list[Line]) -> Iterator[tuple[int, int]]:
    begin, end = 0, -1
    for at, line in enumerate(lines):
        if line.sign not in ("-", "+"):
            continue
        start, stop = _reach(lines, at)
        if start > end and end >= 0:
            yield begin, end
            begin = start
        elif end < 0:
            begin = start
        end = max(end, stop)
    if end >= 0:
        yield begin, end


def _reach(lines: list[Line], at: int) -> tuple[int, int]:
    """The context of one line: up to three lines each way, never across a gap."""
    start, stop = at, at + 1
    while start > 0 and at - start < CONTEXT and lines[start - 1].sign:
        start -= 1
    while stop < len(lines) and stop - at <= CONTEXT and lines[stop].sign:
        stop += 1
    return start, stop


def _children(node: Node, depth: int) -> Iterator[Line]:
    """The lines of a map's or list's inside; what is far from every change is a gap."""
    if node.order and not node.folded:
        yield from _order(node, depth)
    changed = [at for at, child in enumerate(node.children) if not child.same]
    for at, child in enumerate(node.children):
        if not child.same:
            yield from _lines(child, depth)
        elif child.after is ABSENT:
            continue  # A default that is no longer written out.
        elif any(abs(at - other) <= CONTEXT for other in _near(changed, at)):
            yield from _whole(child, child.after, " ", depth)
        else:
            yield _GAP


def _near(changed: list[int], at: int) -> Iterable[int]:
    return [other for other in changed if abs(other - at) <= CONTEXT][:1]


def _order(node: Node, depth: int) -> Iterator[Line]:
    assert node.order is not None
    for sign, labels in zip("-+", node.order, strict=True):
        text = " " * depth + "# order: " + ", ".join(map(shown, labels))
        yield Line(sign, text, node.path)


def _lines(node: Node, depth: int) -> Iterator[Line]:
    """The lines of one changed field or item."""
    if node.before is ABSENT:
        yield from _whole(node, node.after, "+", depth)
    elif node.after is ABSENT:
        yield from _whole(node, node.before, "-", depth)
    elif is_schema(node):
        yield from _schema(node, depth)
    elif node.children or node.order:
        yield from _branch(node, depth)
    elif texts := _texts(node):
        yield from _text(node, *texts, depth)
    else:
        yield from _replaced(node, depth)


def _schema(node: Node, depth: int) -> Iterator[Line]:
    """The fields of a schema that came, went or changed, in place of its OpenAPI."""
    lines = schema_lines(node)
    if lines:
        yield Line(" ", f"{' ' * depth}{_key(node.step)}:", node.path[:-1])
    for line in lines:
        yield Line(line.sign, f"{' ' * (depth + 2)}{line}", node.path)


def _branch(node: Node, depth: int) -> Iterator[Line]:
    if not isinstance(node.step, str):
        yield from _dashed(list(_children(node, depth + 2)), depth)
        return
    yield Line(" ", f"{' ' * depth}{_key(node.step)}:", node.path[:-1])
    inner = depth if isinstance(node.after, list) else depth + 2
    yield from _children(node, inner)


def _dashed(lines: list[Line], depth: int) -> Iterator[Line]:
    """The lines of a list's item, with the dash on the first line of each side."""
    waiting = {"-", "+"}
    for line in lines:
        sides = {"-", "+"} if line.sign == " " else {line.sign}
        if not line.sign or not sides & waiting:
            yield line
            continue
        dash = replace(line, text=f"{' ' * depth}- {line.text[depth + 2 :]}")
        if sides <= waiting:
            yield dash
        else:
            for sign in "-+":
                yield replace(dash if sign in waiting else line, sign=sign)
        waiting -= sides


def _replaced(node: Node, depth: int) -> Iterator[Line]:
    before, after = node.before, node.after
    if isinstance(before, str) and isinstance(after, str):
        before, after = told_apart(before, after)
    for sign, value in (("-", before), ("+", after)):
        yield from _whole(node, value, sign, depth)


def _whole(node: Node, value: Any, sign: str, depth: int) -> Iterator[Line]:
    """A field or an item with all that is in it."""
    step = node.step
    value = masked(brief(value) if step == SCHEMA else value, unchanged=node.same)
    text = dump({shown(step): value} if isinstance(step, str) else [value])
    for line in text.splitlines():
        yield Line(sign, " " * depth + line, node.path[:-1])


def _texts(node: Node) -> tuple[str, str] | None:
    """Both texts if they are worth comparing line by line: files, or JSON written on one line."""
    before, after = node.before, node.after
    if not (isinstance(before, str) and isinstance(after, str)):
        return None
    if "\n" in before.rstrip("\n") and "\n" in after.rstrip("\n"):
        return before, after
    one, other = _spread(before), _spread(after)
    return (one, other) if one and other and one != other else None


def _spread(text: str) -> str:
    """Long JSON of one line, on many lines; "" if it is none."""
    if len(text) < _LONG or text[:1] not in "{[" or "\n" in text.strip():
        return ""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return ""


def _text(node: Node, before: str, after: str, depth: int) -> Iterator[Line]:
    """A text's changed lines under the head of its block scalar."""
    start = (
        f"{' ' * depth}{_key(node.step)}: " if isinstance(node.step, str) else f"{' ' * depth}- "
    )
    heads = start + _block(before), start + _block(after)
    if heads[0] == heads[1]:
        yield Line(" ", heads[0], node.path[:-1])
    else:
        yield Line("-", heads[0], node.path)
        yield Line("+", heads[1], node.path)
    indent = " " * (depth + 2)
    for sign, text in _changed_lines(before.splitlines(), after.splitlines()):
        yield Line(sign, indent + text if text else "", node.path)


def _changed_lines(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    for tag, i, i_end, j, j_end in opcodes(before, after):
        if tag == "equal":
            yield from ((" ", shown(line)) for line in after[j:j_end])
            continue
        removed = [shown(line) for line in before[i:i_end]]
        yield from (("-", line) for line in removed)
        for at, line in enumerate(after[j:j_end]):
            other = before[i + at] if i + at < i_end else ""
            yield "+", told_apart(other, line)[1]


def _block(text: str) -> str:
    """The indicator of a literal block: what becomes of the text's last line feeds."""
    if not text.endswith("\n"):
        return "|-"
    return "|+" if text.endswith("\n\n") else "|"


def _key(step: Any) -> str:
    return dump({shown(str(step)): None}).rpartition(": ")[0]
