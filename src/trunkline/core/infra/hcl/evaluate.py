"""What an expression gives, as far as files alone can say.

Whatever depends on an output, a variable or the machine is UNKNOWN, and so is all that is made of
it. Nothing here has an effect, and no function runs a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from trunkline.core.infra.hcl.functions import FUNCTIONS, LONGEST, of_one_kind
from trunkline.core.infra.hcl.lists import MOST
from trunkline.core.infra.hcl.operators import truth, worked_out
from trunkline.core.infra.hcl.spelling import is_spelled, spelled
from trunkline.core.infra.hcl.syntax import (
    Call,
    Expression,
    Items,
    Joined,
    Literal,
    Name,
    Pairs,
    Taken,
    Template,
)
from trunkline.core.infra.hcl.unknown import UNKNOWN

__all__ = ["JOINING", "MARK", "UNKNOWN", "Scope", "choices", "evaluate", "known_start"]

# What stands in a path for where the repository lies.
MARK = "@repository"
# Functions that put paths together, and choose nothing by them.
JOINING = frozenset({"format", "join"})

Function = Callable[..., Any]


class Scope(Protocol):
    """What names and functions mean in one file.

    `vouching`: what is worked out is relied on to be so. Then nothing is assumed of what is not
    known, and nothing is chosen by where the repository lies, which is another place on each
    machine.
    """

    @property
    def vouching(self) -> bool: ...

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions beside the pure ones; each takes values, UNKNOWN among them."""

    def named(self, name: str) -> Any:
        """What the first step of a name means, UNKNOWN if nothing is known of it."""


def evaluate(one: Expression, scope: Scope) -> Any:
    match one:
        case Literal(value):
            return value
        case Template(parts):
            return _text([evaluate(part, scope) for part in parts])
        case Name(steps):
            value = scope.named(steps[0])
            for step in steps[1:]:
                value = taken(value, step)
            return value
        case Taken(of, key):
            which = evaluate(key, scope)
            return UNKNOWN if _is_placed([which], scope) else taken(evaluate(of, scope), which)
        case Items(items):
            return [evaluate(item, scope) for item in items]
        case Pairs(items):
            pairs = [(evaluate(k, scope), evaluate(v, scope)) for k, v in items]
            return _object(pairs, vouching=scope.vouching)
        case Call(name, arguments):
            return _called(name, arguments, scope)
        case Joined((condition, then, otherwise), ("?", ":")):
            return _chosen(truth(evaluate(condition, scope)), then, otherwise, scope)
        case Joined(parts, signs) if signs:
            values = [evaluate(part, scope) for part in parts]
            return UNKNOWN if _is_placed(values, scope) else worked_out(signs, values)
    return UNKNOWN


def _chosen(which: bool | None, then: Expression, otherwise: Expression, scope: Scope) -> Any:
    if which is None:
        return UNKNOWN
    chosen, other = (then, otherwise) if which else (otherwise, then)
    # The other side is not worked out: what it reads, or lacks, does not count.
    beside = "" if isinstance(other, Template) else getattr(other, "value", None)
    return of_one_kind(evaluate(chosen, scope), [beside])


def choices(one: Expression, scope: Scope) -> list[Expression]:
    """What an expression may come to: of a condition that is not known, both sides."""
    match one:
        case Joined((condition, then, otherwise), ("?", ":")):
            which = truth(evaluate(condition, scope))
            sides = (then, otherwise) if which is None else (then if which else otherwise,)
            return [found for side in sides for found in choices(side, scope)]
    return [one]


def known_start(one: Expression, scope: Scope) -> str:
    """The text that an expression begins with whatever the unknown parts are; "" if none."""
    if not isinstance(one, Template):
        value = evaluate(one, scope)
        return value if isinstance(value, str) else ""
    found = ""
    for part in one.parts:
        value = evaluate(part, scope)
        if not is_spelled(value):
            break
        found += spelled(value)
    return found


def taken(value: Any, key: Any) -> Any:
    """An attribute or an element. A value of ours with a `take` works it out when it is asked."""
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    if isinstance(value, Mapping):
        return value.get(key, UNKNOWN)
    if isinstance(value, list):
        index = int(key) if str(key).isdigit() else -1
        return value[index] if 0 <= index < len(value) else UNKNOWN
    take = getattr(value, "take", None)
    return take(key) if take and isinstance(key, str) else UNKNOWN


def _called(name: str, arguments: tuple[Expression, ...], scope: Scope) -> Any:
    if name == "try":
        tried = arguments[:1] if scope.vouching else arguments
        return next(
            (found for one in tried if (found := evaluate(one, scope)) is not UNKNOWN), UNKNOWN
        )
    values = [evaluate(one, scope) for one in arguments]
    if function := scope.functions.get(name):
        return _tried(function, values)
    function = FUNCTIONS.get(name)
    if function is None or any(one is UNKNOWN for one in values):
        return UNKNOWN
    if name not in JOINING and _is_placed(values, scope):
        return UNKNOWN
    return _tried(function, values)


def _is_placed(values: list[Any], scope: Scope) -> bool:
    """Whether one of the values tells where the repository lies, and that must not count."""
    if not scope.vouching:
        return False
    waiting, left = [*values], MOST
    while waiting and left:
        here, left = waiting.pop(), left - 1
        if isinstance(here, str) and MARK in here:
            return True
        if isinstance(here, dict | list):
            waiting.extend([*here, *here.values()] if isinstance(here, dict) else here)
    return bool(waiting)


def _tried(function: Function, values: list[Any]) -> Any:
    """A function that is called wrongly gives nothing; the programs say what is wrong with it."""
    try:
        return function(*values)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError):
        return UNKNOWN


def _text(values: list[Any]) -> Any:
    if not all(map(is_spelled, values)):
        return UNKNOWN
    texts = [spelled(one) for one in values]
    return "".join(texts) if sum(map(len, texts)) <= LONGEST else UNKNOWN


def _object(pairs: list[tuple[Any, Any]], *, vouching: bool) -> Any:
    """Numbers and truths as keys are texts. A key that is not known is none, unless that counts."""
    if vouching and not all(is_spelled(key) for key, _ in pairs):
        return UNKNOWN
    return {spelled(key): value for key, value in pairs if is_spelled(key)}
