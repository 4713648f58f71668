"""`metadata.managedFields` as values: one entry per manager, operation and subresource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from trunkline.sandbox.fields.sets import Fields

APPLY, UPDATE = "Apply", "Update"


class Owner(Struct, frozen=True):
    """Who owns. `version` is "" for an apply: a later one of another version is the same owner."""

    manager: str
    operation: str
    subresource: str = ""
    version: str = ""

    @classmethod
    def applying(cls, manager: str, subresource: str = "") -> Owner:
        return cls(manager, APPLY, subresource)

    @classmethod
    def updating(cls, manager: str, version: str, subresource: str = "") -> Owner:
        return cls(manager, UPDATE, subresource, version)


class Share(Struct, frozen=True):
    """What an owner owns, since when, seen in which version."""

    fields: Fields
    time: str
    version: str


Shares = dict[Owner, Share]


def decoded(entries: Iterable[dict[str, Any]] | None) -> Shares:
    shares: Shares = {}
    for one in entries or ():
        operation = str(one.get("operation", ""))
        version = str(one.get("apiVersion", ""))
        owner = Owner(
            str(one.get("manager", "")),
            operation,
            str(one.get("subresource", "")),
            version if operation == UPDATE else "",
        )
        shares[owner] = Share(one.get("fieldsV1") or {}, str(one.get("time", "")), version)
    return shares


def encoded(shares: Shares) -> list[dict[str, Any]]:
    """Sorted as the API server sorts them: applies first, then by time, then by name."""
    return [_entry(owner, share) for owner, share in sorted(shares.items(), key=_order)]


def _order(one: tuple[Owner, Share]) -> tuple[str, ...]:
    owner, share = one
    return owner.operation, share.time, owner.manager, share.version, owner.subresource


def _entry(owner: Owner, share: Share) -> dict[str, Any]:
    entry = {
        "manager": owner.manager,
        "operation": owner.operation,
        "apiVersion": share.version,
        "time": share.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": share.fields,
    }
    if owner.subresource:
        entry["subresource"] = owner.subresource
    return entry
