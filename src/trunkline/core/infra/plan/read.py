"""The programs' JSON of a plan, read into our values.

Source of the format: OpenTofu's and Terraform's "JSON Output Format". Of it only the changes are
looked at: variables, prior state and configuration may hold secrets, and never leave this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.core.infra.plan.attributes import (
    NO_COPIES,
    UNKNOWN_TEXT,
    attribute_changes,
    shown,
)
from trunkline.core.infra.plan.copies import Copies, masked
from trunkline.core.infra.plan.values import OutputChange, ResourceChange, Verb

# action_reason of the format, in words.
REASONS = {
    "replace_because_tainted": "it is tainted",
    "replace_because_cannot_update": "",
    "replace_by_request": "it was asked for",
    "replace_by_triggers": "replace_triggered_by",
    "delete_because_no_resource_config": "it is no longer in the code",
    "delete_because_wrong_repetition": "it has count or for_each now, or no longer",
    "delete_because_count_index": "count is smaller",
    "delete_because_each_key": "its key left for_each",
    "delete_because_no_module": "its module is no longer called",
    "delete_because_no_move_target": "what it moved to is not in the code",
    "forgot_because_lifecycle_destroy_in_state": "its code said destroy = false",
    "forgot_because_lifecycle_destroy_in_config": "its code says destroy = false",
}


class UnreadablePlan(Exception):
    """The JSON is none of a plan; the message says what is missing."""


def resource_changes(
    plan: Mapping[str, Any], copies: Copies = NO_COPIES
) -> tuple[ResourceChange, ...]:
    """What happens, in the order of addresses; what stays and what is only read is left out.
    `copies` of what is sensitive are masked.
    """
    if not isinstance(plan.get("format_version"), str):
        raise UnreadablePlan("it has no format_version")
    found = [_resource(one, copies) for one in plan.get("resource_changes") or ()]
    kept = [one for one in found if one is not None]
    return tuple(sorted(kept, key=lambda one: one.address))


def output_changes(plan: Mapping[str, Any], copies: Copies = NO_COPIES) -> tuple[OutputChange, ...]:
    found = []
    for name, change in sorted((plan.get("output_changes") or {}).items()):
        verb = _verb(change.get("actions") or [])
        if verb is Verb.NOOP:
            continue
        sensitive = True in (change.get("before_sensitive"), change.get("after_sensitive"))
        before, after = _side(change, "before", copies), UNKNOWN_TEXT
        if change.get("after_unknown") is not True:
            after = _side(change, "after", copies)
        found.append(OutputChange(name, verb, masked(before), masked(after), sensitive))
    return tuple(found)


def _side(change: Mapping[str, Any], side: str, copies: Copies) -> Any:
    """What is not there hides nothing."""
    value = change.get(side)
    return None if value is None else shown(copies.covered(value), change.get(f"{side}_sensitive"))


def drift_changes(
    plan: Mapping[str, Any], copies: Copies = NO_COPIES
) -> tuple[ResourceChange, ...]:
    """What became of resources outside since the last apply, in the order of addresses.

    A program also names what only reads otherwise now (an empty list for none) and what moved in
    the code: that is no drift.
    """
    found = [_resource(one, copies) for one in plan.get("resource_drift") or ()]
    kept = [one for one in found if one and (one.verb is Verb.DELETE or one.attributes)]
    return tuple(sorted(kept, key=lambda one: one.address))


def _resource(one: Mapping[str, Any], copies: Copies) -> ResourceChange | None:
    change = one.get("change") or {}
    actions = list(change.get("actions") or [])
    verb, was = _verb(actions), str(one.get("previous_address") or "")
    imported = masked(copies.covered(_imported(change)))
    if verb is Verb.NOOP:
        verb = Verb.IMPORT if imported else Verb.MOVE if was else Verb.NOOP
    if verb in (Verb.NOOP, Verb.READ):
        return None
    attributes = () if verb in (Verb.FORGET, Verb.MOVE) else attribute_changes(change, copies)
    address = str(one.get("address", ""))
    if deposed := one.get("deposed"):
        address = f"{address} (deposed {deposed})"
    return ResourceChange(
        address,
        str(one.get("type", "")),
        verb,
        attributes,
        _reason(one, attributes),
        was,
        imported,
        str(one.get("provider_name", "")),
        actions == ["create", "delete"],
    )


def _imported(change: Mapping[str, Any]) -> str:
    importing = change.get("importing")
    if not importing:
        return ""
    return str(importing.get("id") or "(known by its identity)")


def _reason(one: Mapping[str, Any], attributes: Any) -> str:
    word = str(one.get("action_reason") or "")
    if word == "replace_because_cannot_update":
        names = [at.path for at in attributes if at.forces]
        return f"{', '.join(names[:4])} cannot change in place" if names else ""
    return REASONS.get(word, word.replace("_", " "))


def _verb(actions: list[str]) -> Verb:
    if set(actions) in ({"create", "delete"}, {"create", "forget"}):
        return Verb.REPLACE
    return Verb(actions[0]) if len(actions) == 1 and actions[0] in set(Verb) else Verb.NOOP
