"""A Ref as columns, and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from trunkline.core.manifest import Ref


def columns_of(ref: Ref) -> dict[str, str]:
    return {
        "api_group": ref.group,
        "kind": ref.kind,
        "namespace": ref.namespace,
        "name": ref.name,
    }


def ref_of(row: Row[Any]) -> Ref:
    return Ref(row.api_group, row.kind, row.namespace, row.name)
