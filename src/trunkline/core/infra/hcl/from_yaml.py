"""What `yamldecode` makes of a text, which is not what Kubernetes reads: a number that begins with
zeros is decimal, one with `_` or of twos is text, a date is a moment. The rules are those of
go-cty-yaml, which OpenTofu, Terraform and Terragrunt read by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml

from trunkline.core import scalar
from trunkline.core.infra.hcl.numbers import LONGEST, number
from trunkline.core.infra.hcl.spelling import is_spelled, spelled
from trunkline.core.infra.hcl.unknown import UNKNOWN
from trunkline.core.yaml import MAX_VALUES, node

_DECIMAL = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_WHOLE = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_DAY = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)")
# Not worked out: what is not finite, and moments that are written in another way.
_UNSURE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)|\d{4}-\d\d?-\d\d?[Tt ].*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def from_yaml(text: str) -> Any:
    """The value, UNKNOWN for what the programs refuse too."""
    try:
        found = node(text)
        return UNKNOWN if found is None else _Reader().value(found)
    except (yaml.YAMLError, RecursionError, ValueError):
        return UNKNOWN


class _Reader:
    def __init__(self) -> None:
        self._left = MAX_VALUES

    def value(self, one: yaml.Node) -> Any:
        """Raises ValueError where aliases stand for too many values."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("aliases stand for too many values")
        if isinstance(one, yaml.ScalarNode):
            return _meaning(one)
        if isinstance(one, yaml.SequenceNode):
            return [self.value(each) for each in one.value]
        return {key: value for each in one.value for key, value in self._pairs(*each)}

    def _pairs(self, key: yaml.Node, value: yaml.Node) -> Iterator[tuple[str, Any]]:
        """The pair; of a merge those of every map that it names, the last one's counts."""
        if key.value == "<<" and key.tag in (scalar.PLAIN, scalar.MERGE):
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(one, yaml.MappingNode):
                    raise ValueError("<< takes maps")
                yield from self.value(one).items()
        else:
            yield _key(key), self.value(value)


def _key(one: yaml.Node) -> str:
    name: Any = _meaning(one) if isinstance(one, yaml.ScalarNode) else None
    if not is_spelled(name):
        raise ValueError("a key is a text")
    return spelled(name)


def _meaning(one: yaml.ScalarNode) -> Any:
    if one.tag == scalar.STRING:
        return one.value
    return _plain(one.value) if one.tag == scalar.PLAIN else UNKNOWN


def _plain(text: str) -> Any:
    if _DECIMAL.fullmatch(text) and len(text) <= LONGEST:
        return number(text)
    if _WHOLE.fullmatch(text):
        return int(text, 0) if len(text) <= LONGEST else UNKNOWN
    if found := _DAY.fullmatch(text):
        return f"{date(*map(int, found.groups()))}T00:00:00Z"
    if _UNSURE.fullmatch(text):
        return text if _MOMENT.fullmatch(text) else UNKNOWN
    value = scalar.meaning(scalar.PLAIN, text)
    # What only Kubernetes takes for a number.
    return value if value is None or isinstance(value, bool) else text
