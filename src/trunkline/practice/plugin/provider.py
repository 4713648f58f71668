"""The provider's calls: what is asked and what is answered, as maps."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.cloud.world import Object, Refused, kind_of
from trunkline.practice.kinds.kind import Kind
from trunkline.practice.plugin.messages import ERROR
from trunkline.practice.plugin.mishap import lose, meet
from trunkline.practice.plugin.planning import created, mistakes, replaced_by, updated
from trunkline.practice.plugin.schema import PREFIX, schemas
from trunkline.practice.plugin.values import UNKNOWN, packed, unpacked

Message = dict[str, Any]

REGION = "eu"


class Provider:
    """One configured provider. Each method is a call of the protocol."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._region = REGION
        self._cloud = CloudFile(os.devnull)

    def GetProviderSchema(self, asked: Message) -> Message:
        return schemas()

    def GetFunctions(self, asked: Message) -> Message:
        return {}

    def ValidateProviderConfig(self, asked: Message) -> Message:
        return {}

    def ValidateDataResourceConfig(self, asked: Message) -> Message:
        return {}

    def StopProvider(self, asked: Message) -> Message:
        """Nothing stops at once here: the cloud goes on with what it was asked for."""
        return {}

    def ConfigureProvider(self, asked: Message) -> Message:
        config = unpacked(asked["config"]) or {}
        file = self._said(config, "cloud", "PRACTICE_CLOUD", "")
        if not file:
            return _refused(
                "No practice cloud",
                'Name its file: provider "practice" { cloud = "cloud.json" }, or PRACTICE_CLOUD.',
            )
        self._region = self._said(config, "region", "PRACTICE_REGION", REGION)
        self._cloud = CloudFile(file)
        return self._tried("configure", lambda: meet(self._cloud, "configure", "", config) and {})

    def ValidateResourceConfig(self, asked: Message) -> Message:
        found = mistakes(_kind(asked), unpacked(asked["config"]))
        return {"diagnostics": [_diagnostic("Invalid value", what, name) for name, what in found]}

    def UpgradeResourceState(self, asked: Message) -> Message:
        stored = json.loads(asked["raw_state"]["json"])
        return {"upgraded_state": packed(_whole(_kind(asked), stored))}

    def ReadResource(self, asked: Message) -> Message:
        kind, state = _kind(asked), unpacked(asked["current_state"])

        def read() -> Message:
            meet(self._cloud, "read", kind.name, state)
            found = self._cloud.read().objects(kind.name).get(state["id"])
            return {"new_state": packed(_whole(kind, found)), "private": asked["private"]}

        return self._tried(f"read {kind.name}", read)

    def PlanResourceChange(self, asked: Message) -> Message:
        kind, prior = _kind(asked), unpacked(asked["prior_state"])
        proposed, config = unpacked(asked["proposed_new_state"]), unpacked(asked["config"])
        if proposed is None:
            return {"planned_state": packed(None)}

        def plan() -> Message:
            meet(self._cloud, "plan", kind.name, config)
            if prior is None:
                return {"planned_state": packed(created(kind, config, self._region))}
            planned = updated(kind, prior, config, self._region)
            names = replaced_by(kind, prior, planned)
            return {"planned_state": packed(planned), "requires_replace": [_path(n) for n in names]}

        return self._tried(f"plan {kind.name}", plan)

    def ApplyResourceChange(self, asked: Message) -> Message:
        kind, prior = _kind(asked), unpacked(asked["prior_state"])
        planned = unpacked(asked["planned_state"])
        on = "create" if prior is None else "delete" if planned is None else "update"

        def apply() -> Message:
            fault = meet(self._cloud, on, kind.name, planned or prior)
            with self._cloud.changing() as world:
                if planned is None:
                    world.delete(kind, prior["id"])
                    after = None
                elif prior is None:
                    after = world.create(kind, _given(kind, planned))
                else:
                    after = world.update(kind, prior["id"], _given(kind, planned))
            lose(fault)
            return {"new_state": packed(_whole(kind, after))}

        # What failed is as it was before: without that, Terraform would forget the object.
        return {"new_state": packed(prior), **self._tried(f"{on} {kind.name}", apply)}

    def ImportResourceState(self, asked: Message) -> Message:
        kind, key = _kind(asked), asked["id"]

        def imported() -> Message:
            meet(self._cloud, "import", kind.name, {"name": key})
            state = _whole(kind, self._found(kind, key))
            one = {"type_name": asked["type_name"], "state": packed(state)}
            return {"imported_resources": [one]}

        return self._tried(f"import {kind.name}", imported)

    def ReadDataSource(self, asked: Message) -> Message:
        kind, config = _kind(asked), unpacked(asked["config"])

        def read() -> Message:
            meet(self._cloud, "read", kind.name, config)
            found = self._found(kind, config["name"], config["region"] or "")
            return {"state": packed({one.name: found.get(one.name) for one in kind.attributes})}

        return self._tried(f"read {kind.name}", read)

    def _said(self, config: Message, name: str, variable: str, otherwise: str) -> str:
        value = config.get(name)
        if value is None or value is UNKNOWN:
            value = self._environment.get(variable) or otherwise
        return str(value)

    def _found(self, kind: Kind, key: str, region: str = "") -> Object:
        found = self._cloud.read().find(kind.name, key, region)
        if found is None:
            raise Refused(f"NotFound: there is no {kind.name} {key}")
        return found

    def _tried(self, what: str, call: Any) -> Message:
        try:
            answer: Message = call()
        except Refused as error:
            return _refused(f"Cannot {what}", str(error))
        return answer


def _kind(asked: Message) -> Kind:
    return kind_of(asked["type_name"].removeprefix(PREFIX))


def _whole(kind: Kind, found: Mapping[str, Any] | None) -> Object | None:
    """An object with each field of its kind and no other, as the protocol wants it."""
    if found is None:
        return None
    return {one.name: found.get(one.name, [] if one.fields else None) for one in kind.fields}


def _given(kind: Kind, planned: Object) -> Object:
    return {one.name: planned[one.name] for one in kind.fields if one.given}


def _path(name: str) -> Message:
    return {"steps": [{"attribute_name": name}]}


def _diagnostic(summary: str, detail: str, name: str = "") -> Message:
    place = {"attribute": _path(name)} if name else {}
    return {"severity": ERROR, "summary": summary, "detail": detail, **place}


def _refused(summary: str, detail: str) -> Message:
    return {"diagnostics": [_diagnostic(summary, detail)]}
