"""The plan in the archive: a message of protocol buffers whose fields are known by their numbers.

Source of the numbers: planfile.proto of OpenTofu and of Terraform, which have most of them in
common; what only one of them has stands in its dialect. A message with any other field is Unsure: a
program that says more than is known here may mean by it that the rest is to be read differently.
Values stay packed until somebody knows their type.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from msgspec import Struct

from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.core.infra.planfile.values import Path, key_of
from trunkline.core.protobuf import Message, message

VERSION = 3
REFRESH_ONLY = 2

# Of each message the fields that are known, also those that nobody asks for. Deferred changes of
# Terraform (27, 31) are not among them: what they leave open no plan of ours tells yet.
PLAN = frozenset((*range(1, 6), *range(13, 23)))
RESOURCE = frozenset(range(7, 15))
CHANGE = frozenset(range(1, 9))
OUTPUT = frozenset(range(1, 4))

# Action: how the programs' JSON spells it, and which values stand before and after.
ACTIONS: dict[int, tuple[tuple[str, ...], int | None, int | None]] = {
    0: (("no-op",), 0, 0),
    1: (("create",), None, 0),
    2: (("read",), 0, 1),
    3: (("update",), 0, 1),
    5: (("delete",), 0, None),
    6: (("delete", "create"), 0, 1),
    7: (("create", "delete"), 0, 1),
    8: (("forget",), 0, None),
}
REASONS = {
    0: "",
    1: "replace_because_tainted",
    2: "replace_by_request",
    3: "replace_because_cannot_update",
    4: "delete_because_no_resource_config",
    5: "delete_because_wrong_repetition",
    6: "delete_because_count_index",
    7: "delete_because_each_key",
    8: "delete_because_no_module",
    9: "replace_by_triggers",
    10: "read_because_config_unknown",
    11: "read_because_dependency_pending",
    12: "delete_because_no_move_target",
    13: "read_because_check_nested",
}


class Dialect(Struct, frozen=True):
    """What one program says beside what both say."""

    plan: frozenset[int]
    actions: dict[int, tuple[tuple[str, ...], int | None, int | None]]
    reasons: dict[int, str]


DIALECTS = {
    "tofu": Dialect(
        PLAN | {6},
        {**ACTIONS, 10: (("forget", "create"), 0, 1)},
        {
            **REASONS,
            14: "delete_because_enabled_false",
            15: "forgot_because_lifecycle_destroy_in_state",
            16: "forgot_because_lifecycle_destroy_in_config",
        },
    ),
    "terraform": Dialect(
        PLAN | {25, 26, 28, 29, 30, 32},
        {**ACTIONS, 9: (("create", "forget"), 0, 1)},
        REASONS,
    ),
}


class Change(Struct, frozen=True):
    """The values are packed, None for none. `imported` is the id, None where nothing is imported;
    the two lists are the paths that are marked as sensitive.
    """

    actions: tuple[str, ...]
    before: bytes | None
    after: bytes | None
    before_marks: tuple[Path, ...] = ()
    after_marks: tuple[Path, ...] = ()
    imported: str | None = None

    @property
    def is_still(self) -> bool:
        """Whether nothing is done: what is only read is no change either."""
        return self.actions in (("no-op",), ("read",)) and self.imported is None


class ResourceOfPlan(Struct, frozen=True):
    """`provider` is the address of its configuration, `deposed` the key of a deposed object."""

    address: str
    previous: str
    deposed: str
    provider: str
    change: Change
    replaces: tuple[Path, ...]
    reason: str


class OutputOfPlan(Struct, frozen=True):
    name: str
    change: Change
    sensitive: bool


class Plan(Struct, frozen=True):
    """`program` is the version of the program that wrote it; `variables` are packed."""

    program: str
    refreshes: bool
    errored: bool
    variables: dict[str, bytes]
    resources: tuple[ResourceOfPlan, ...]
    drift: tuple[ResourceOfPlan, ...]
    outputs: tuple[OutputOfPlan, ...]


def plan_of(data: bytes, kind: str) -> Plan:
    """The plan that a program of this kind wrote. Raises Unsure."""
    dialect = DIALECTS[kind]
    try:
        return _plan(_read(data, dialect.plan), dialect)
    except (ValueError, IndexError, struct.error) as error:
        raise Unsure(f"the plan in it cannot be read: {error}") from error


def _plan(one: Message, dialect: Dialect) -> Plan:
    if _number(one, 1) != VERSION:
        raise Unsure(f"its format has the version {_number(one, 1)}")
    entries = [_read(each, frozenset((1, 2))) for each in _each(one, 2)]
    return Plan(
        _text(one, 14),
        _number(one, 17) == REFRESH_ONLY,
        bool(_number(one, 20)),
        {_text(each, 1): _packed(_bytes(each, 2)) for each in entries},
        tuple(_resource(each, dialect) for each in _each(one, 3)),
        tuple(_resource(each, dialect) for each in _each(one, 18)),
        tuple(_output(each, dialect) for each in _each(one, 4)),
    )


def _resource(data: bytes, dialect: Dialect) -> ResourceOfPlan:
    one = _read(data, RESOURCE)
    reason = _number(one, 12)
    if reason not in dialect.reasons:
        raise Unsure(f"it has the unknown reason {reason}")
    return ResourceOfPlan(
        _text(one, 13),
        _text(one, 14),
        _text(one, 7),
        _text(one, 8),
        _change(_bytes(one, 9), dialect),
        tuple(map(_path, _each(one, 11))),
        dialect.reasons[reason],
    )


def _output(data: bytes, dialect: Dialect) -> OutputOfPlan:
    one = _read(data, OUTPUT)
    change = _change(_bytes(one, 2), dialect)
    return OutputOfPlan(_text(one, 1), change, bool(_number(one, 3)))


def _change(data: bytes, dialect: Dialect) -> Change:
    one = _read(data, CHANGE)
    action, values = _number(one, 1), [_packed(each) for each in _each(one, 2)]
    if action not in dialect.actions:
        raise Unsure(f"it has the unknown action {action}")
    actions, before, after = dialect.actions[action]
    if len(values) != 1 + max(before or 0, after or 0):
        raise Unsure(f"it has {len(values)} values for {' and '.join(actions)}")
    return Change(
        actions,
        None if before is None else values[before],
        None if after is None else values[after],
        tuple(map(_path, _each(one, 3))),
        tuple(map(_path, _each(one, 4))),
        _imported(one),
    )


def _imported(change: Message) -> str | None:
    """What is imported by another thing than an id is the program's to tell."""
    if not _each(change, 5):
        return None
    if found := _text(_read(_bytes(change, 5), frozenset((1,))), 1):
        return found
    raise Unsure("it imports something without an id")


def _path(data: bytes) -> Path:
    steps = (_read(each, frozenset((1, 2))) for each in _each(_read(data, frozenset((1,))), 1))
    return tuple(_text(one, 1) if 1 in one else key_of(_packed(_bytes(one, 2))) for one in steps)


def _packed(dynamic: bytes) -> bytes:
    """A DynamicValue's MessagePack."""
    if found := _bytes(_read(dynamic, frozenset((1,))), 1):
        return found
    raise Unsure("a value is not packed as MessagePack")


def _read(data: bytes, known: frozenset[int]) -> Message:
    found = message(data)
    if more := found.keys() - known:
        raise Unsure(f"it has the unknown field {min(more)}")
    return found


def _each(one: Message, number: int) -> Sequence[bytes]:
    found = one.get(number, ())
    if not all(isinstance(each, bytes) for each in found):
        raise Unsure(f"field {number} is of another type")
    return found


def _bytes(one: Message, number: int) -> bytes:
    found = _each(one, number)
    if len(found) > 1:
        raise Unsure(f"field {number} stands twice")
    return found[0] if found else b""


def _text(one: Message, number: int) -> str:
    return _bytes(one, number).decode()


def _number(one: Message, number: int) -> int:
    found = one.get(number, [0])
    if len(found) != 1 or not isinstance(found[0], int):
        raise Unsure(f"field {number} is no number")
    return found[0]
