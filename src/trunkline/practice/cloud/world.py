"""All objects of a practice cloud, and what may be done to them. No file is touched here.

objects   kind → id → fields
made      how many objects of a kind and name there ever were: a new one gets a new id
hosts     name of a cluster → endpoint, certificate_authority, token: a cluster that is really
          there answers in place of an invented one
quotas    kind, or region/kind → how many there may be
faults    what goes wrong, see `faults.py`
journal   what was done, the last thing last
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from trunkline.practice.kinds import KINDS
from trunkline.practice.kinds.kind import Kind, derived

JOURNAL = 1000

Object = dict[str, Any]


class Refused(Exception):
    """The cloud does not do that; the message says why."""


class World:
    """`data` is what the file holds."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def objects(self, kind: str) -> dict[str, Object]:
        found: dict[str, Object] = self.data.setdefault("objects", {}).setdefault(kind, {})
        return found

    def all(self) -> Iterator[tuple[str, Object]]:
        """(kind, object), in a fixed order."""
        for kind in sorted(self.data.get("objects", {})):
            for _, found in sorted(self.objects(kind).items()):
                yield kind, found

    def find(self, kind: str, key: str, region: str = "") -> Object | None:
        """An object by its id, or by its name (of a region, where one is given)."""
        of_kind = self.objects(kind)
        if key in of_kind:
            return of_kind[key]
        named = (one for one in of_kind.values() if one["name"] == key)
        return next((one for one in named if region in ("", one["region"])), None)

    def create(self, kind: Kind, given: Object) -> Object:
        """Make an object of what is given. Raises Refused."""
        self._check_name(kind, given)
        self._check_quota(kind, given["region"])
        key = f"{kind.name}/{given['region']}/{given['name']}"
        made = self.data.setdefault("made", {})
        made[key] = made.get(key, 0) + 1
        id = f"{kind.prefix}-{derived(key, str(made[key]))}"
        self.objects(kind.name)[id] = found = {**given, **self._own(kind, id, given)}
        self._note("create", kind, found)
        return found

    def update(self, kind: Kind, id: str, given: Object) -> Object:
        """Give an object other values. Raises Refused."""
        found = self._there(kind, id)
        if why := kind.refusal(found, given):
            raise Refused(f"{self._called(kind, found)}: {why}")
        before = self._worked_out(kind, id, found)
        after = self._own(kind, id, {**found, **given})
        # What was edited by hand, and does not follow from what is given now, stays: so it was
        # planned.
        moved = {name: one for name, one in after.items() if before.get(name) != one}
        found.update({**given, **moved})
        self._note("update", kind, found)
        return found

    def delete(self, kind: Kind, id: str) -> None:
        """Remove an object; one that is gone is no mistake. Raises Refused."""
        found = self.objects(kind.name).get(id)
        if found is None:
            return
        if why := kind.held(found) or self._users(id):
            raise Refused(f"{self._called(kind, found)} cannot be deleted: {why}")
        del self.objects(kind.name)[id]
        self._note("delete", kind, found)

    def edit(self, kind: Kind, key: str, changes: Object) -> Object:
        """What somebody does from outside, without Terraform: only the fields must be there."""
        found = self._there(kind, key)
        names = {field.name for field in kind.fields}
        for name in sorted(changes.keys() - names):
            raise Refused(f"a {kind.name} has no field {name}: {', '.join(sorted(names))}")
        found.update(changes)
        self._note("edit", kind, found)
        return found

    def forget(self, kind: Kind, key: str) -> Object:
        """Somebody deletes an object from outside, whatever holds it."""
        found = self._there(kind, key)
        del self.objects(kind.name)[found["id"]]
        self._note("forget", kind, found)
        return found

    def _worked_out(self, kind: Kind, id: str, found: Object) -> Object:
        """What the cloud works out from the rest; nothing, where an edit makes no sense to it."""
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return self._own(kind, id, found)
        return {}

    def _own(self, kind: Kind, id: str, values: Object) -> Object:
        own = kind.made(id, values)
        if kind.name == "cluster":
            own |= self.data.get("hosts", {}).get(values["name"], {})
        return own

    def _there(self, kind: Kind, key: str) -> Object:
        found = self.find(kind.name, key)
        if found is None:
            raise Refused(f"there is no {kind.name} {key}")
        return found

    def _check_name(self, kind: Kind, given: Object) -> None:
        region = "" if kind.unique else given["region"]
        if taken := self.find(kind.name, given["name"], region):
            raise Refused(f"a {kind.name} of the name {given['name']} is there: {taken['id']}")

    def _check_quota(self, kind: Kind, region: str) -> None:
        quotas = self.data.get("quotas", {})
        regions = [one["region"] for one in self.objects(kind.name).values()]
        for key, count in (
            (f"{region}/{kind.name}", regions.count(region)),
            (kind.name, len(regions)),
        ):
            if key in quotas and count >= quotas[key]:
                raise Refused(
                    f"QuotaExceeded: {quotas[key]} of {key} are there, and no more may be"
                )

    def _users(self, id: str) -> str:
        """Who still needs an object."""
        users = [one["address"] for _, one in self.all() if one.get("network_id") == id]
        return f"{', '.join(users)} still needs it" if users else ""

    def _called(self, kind: Kind, found: Object) -> str:
        return f"the {kind.name} {found['name']} ({found['id']})"

    def _note(self, did: str, kind: Kind, found: Object) -> None:
        journal = self.data.setdefault("journal", [])
        journal.append({"did": did, "kind": kind.name, "id": found["id"], "name": found["name"]})
        del journal[:-JOURNAL]


def kind_of(name: str) -> Kind:
    """Raises Refused."""
    if name not in KINDS:
        raise Refused(f"there is no kind {name}: {', '.join(sorted(KINDS))}")
    return KINDS[name]
