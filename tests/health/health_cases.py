"""A case is a live object as YAML, what it is called, and the health it has."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import pytest
import yaml

from trunkline.core.health import health_of


@dataclass(frozen=True)
class Case:
    """`kind` is `group/version Kind`; `body` is the object below apiVersion and kind."""

    said: str
    kind: str
    body: str
    status: str
    message: str = ""

    @property
    def manifest(self) -> dict[str, Any]:
        api_version, kind = self.kind.split()
        rest = yaml.load(dedent(self.body), yaml.SafeLoader) or {}
        return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "it"}, **rest}


def cases(*given: Case) -> pytest.MarkDecorator:
    ids = [f"{one.kind.split()[1]} {one.said}" for one in given]
    assert len(set(ids)) == len(ids)
    return pytest.mark.parametrize("case", given, ids=ids)


def check(case: Case) -> None:
    found = health_of(case.manifest)
    assert (found.status.value, found.message) == (case.status, case.message)
