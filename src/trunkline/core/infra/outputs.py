"""Outputs of infrastructure units, and how Applications ask for them.

    metadata:
      annotations:
        trunkline/values-from: |
          - infra/live/eu/vpc
          - unit: infra/live/eu/rds
            as: database
            only: [endpoint, port]

Each output becomes a Helm value, at the root or below `as`. Sensitive outputs do not, for a value
in a manifest is no secret: they are handed on in a Secret (`secret_outputs.py`) or not at all. What
the Application itself says wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.infra.secret_outputs import KEY, NAME, UNREAD, reference
from trunkline.core.shell import word
from trunkline.core.trouble import Trouble
from trunkline.core.yaml import YamlError, load

VALUES_FROM = "trunkline/values-from"
KEYS = frozenset({"unit", "as", "only", "secret"})


class OutputsError(Trouble):
    """Outputs that cannot be handed to an Application; the message says which and why.

    `unit` is named where it lacks them, so that applying it may mend it.
    """

    def __init__(self, message: str, *, remedy: str = "", unit: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.unit = unit


@dataclass(frozen=True, slots=True)
class UnitOutputs:
    """What a unit gave when it was last asked; `sensitive` are names.

    `read` is Unix time in seconds, `commit` that of the code that was applied or asked. `secrets`
    are the sensitive values that are kept, as a Secret holds them; None where they are not to be
    known, because nothing reaches a cluster. `stamp` is another where they are others, `unread`
    says why what is kept of them cannot be read.
    """

    unit: str
    values: Mapping[str, Any]
    sensitive: tuple[str, ...] = ()
    commit: str = field(default="", repr=False)
    read: float = field(default=0.0, repr=False)
    secrets: Mapping[str, str] | None = field(default=None, repr=False, compare=False)
    stamp: str = field(default="", compare=False)
    unread: str = field(default="", compare=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "values": dict(self.values),
            "sensitive": list(self.sensitive),
            "commit": self.commit,
            "read": self.read,
        }


class Wish(Struct, frozen=True):
    """One unit that an Application asks; `at` is the path of the values, `only` () for all.
    `secret` is the name of the Secret for what is sensitive, "" for none.
    """

    unit: str
    at: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """Values for the charts of an Application, and the sensitive outputs that were held back.

    `secrets` are the Secrets by name, each with its data; they are in no render's request. `plain`
    says that there are values beside the references to them.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    plain: bool = field(default=False, compare=False)


NOTHING = Handed()


def parse_outputs(unit: str, text: str, commit: str = "", read: float = 0.0) -> UnitOutputs:
    """What `output -json` of a program says. Raises OutputsError."""
    try:
        said = orjson.loads(text or "{}")
        sensitive = sorted(name for name, one in said.items() if one.get("sensitive"))
        values = {name: one["value"] for name, one in said.items() if name not in sensitive}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise OutputsError(f"the outputs of {unit} cannot be read") from error
    return UnitOutputs(unit, values, tuple(sensitive), commit, read)


def wishes_of(annotations: Mapping[str, str]) -> tuple[Wish, ...]:
    """The units that an Application asks. Raises OutputsError."""
    text = annotations.get(VALUES_FROM, "")
    if not text.strip():
        return ()
    try:
        said = load(text)
    except YamlError as error:
        raise OutputsError(f"{VALUES_FROM}: {error}") from None
    return tuple(_wish(one) for one in (said if isinstance(said, list) else [said]))


def handed(wishes: Sequence[Wish], known: Mapping[str, UnitOutputs]) -> Handed:
    """The values of all that is asked for; a later unit wins over an earlier one.

    Raises OutputsError for a unit or an output that is not known: nothing is made up.
    """
    values: dict[str, Any] = {}
    withheld: list[str] = []
    secrets: dict[str, dict[str, str]] = {}
    plain = False
    for wish in wishes:
        found = known.get(wish.unit)
        if found is None:
            raise OutputsError(
                f"the outputs of {wish.unit} are not known",
                remedy=f"apply the unit, or read them: trunkline infra outputs {word(wish.unit)}",
                unit=wish.unit,
            )
        given = dict(_chosen(wish, found))
        plain = plain or bool(given)
        if wish.secret:
            hidden = _hidden(wish, found)
            given |= {name: reference(wish.secret, name) for name in hidden}
            if hidden:
                secrets[wish.secret] = secrets.get(wish.secret, {}) | hidden
        else:
            withheld += [f"{wish.unit}: {name}" for name in _sensitive(wish, found)]
        values = merged(values, _placed(wish.at, given))
    return Handed(values, tuple(withheld), secrets, plain)


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Maps are merged, as Helm merges values; of anything else the later one counts."""
    found = dict(under)
    for key, value in over.items():
        old = found.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        found[key] = merged(old, value) if both else value  # type: ignore[arg-type]
    return found


def _wish(said: Any) -> Wish:
    if isinstance(said, str):
        said = {"unit": said}
    if not isinstance(said, dict) or not isinstance(said.get("unit"), str):
        raise OutputsError(f"{VALUES_FROM}: a unit's path, or a list of them, is expected")
    if unknown := sorted(map(str, {*said} - KEYS)):
        raise OutputsError(f"{VALUES_FROM}: {unknown[0]} is not known: unit, as, only, secret are")
    only = said.get("only") or []
    if not isinstance(only, list) or not all(isinstance(one, str) for one in only):
        raise OutputsError(f"{VALUES_FROM}: only is a list of names of outputs")
    path = tuple(str(said.get("as") or "").split(".")) if said.get("as") else ()
    if not all(path):
        raise OutputsError(f"{VALUES_FROM}: as is a path of values such as global.database")
    secret = str(said.get("secret") or "")
    if secret and not NAME.fullmatch(secret):
        raise OutputsError(f"{VALUES_FROM}: secret is the name of a Secret such as shop-database")
    return Wish(said["unit"].strip().strip("/"), path, tuple(only), secret)


def _chosen(wish: Wish, found: UnitOutputs) -> Iterator[tuple[str, Any]]:
    for name in wish.only or sorted(found.values):
        if name in found.values:
            yield name, found.values[name]
        elif name not in found.sensitive:
            there = ", ".join(sorted([*found.values, *found.sensitive])) or "none"
            raise OutputsError(f"{wish.unit} has no output {name}; it has {there}", unit=wish.unit)


def _hidden(wish: Wish, found: UnitOutputs) -> dict[str, str]:
    """What a Secret gets of a unit. Raises OutputsError."""
    names = _sensitive(wish, found)
    if wrong := [one for one in names if not KEY.fullmatch(one)]:
        raise OutputsError(f"{wish.unit}: {wrong[0]} can be no key of a Secret")
    if found.secrets is None:
        return dict.fromkeys(names, UNREAD)
    if lost := [one for one in names if one not in found.secrets]:
        why = f"cannot be read: {found.unread}" if found.unread else "is not kept"
        raise OutputsError(
            f"the sensitive output {lost[0]} of {wish.unit} {why}",
            remedy=f"apply the unit, or read it: trunkline infra outputs {word(wish.unit)}",
            unit=wish.unit,
        )
    return {one: found.secrets[one] for one in names}


def _sensitive(wish: Wish, found: UnitOutputs) -> list[str]:
    return [name for name in found.sensitive if not wish.only or name in wish.only]


def _placed(path: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(path):
        values = {key: values}
    return values
