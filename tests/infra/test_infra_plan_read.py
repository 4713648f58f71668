"""A plan's JSON as our values: what happens, why, what differs; and no secret comes through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.core.infra.plan.attributes import attribute_changes
from trunkline.core.infra.plan.copies import Copies
from trunkline.core.infra.plan.dangerous import data_findings
from trunkline.core.infra.plan.read import (
    UnreadablePlan,
    drift_changes,
    output_changes,
    resource_changes,
)
from trunkline.core.infra.plan.secrets import secrets_in
from trunkline.core.infra.plan.values import UnitPlan


def change(actions: str, before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    return {"actions": actions.split(), "before": before, "after": after, **more}


def resource(change: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"address": "aws_vpc.main", "type": "aws_vpc", "change": change, **more}


def plan(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format_version": "1.2", "resource_changes": list(resources), **more}


VERBS = {
    "create": (resource(change("create", None, {"cidr": "10.0.0.0/16"})), "create", ""),
    "update": (resource(change("update", {"a": 1}, {"a": 2})), "update", ""),
    "delete": (
        resource(change("delete", {"a": 1}), action_reason="delete_because_no_resource_config"),
        "delete",
        "it is no longer in the code",
    ),
    "replace": (
        resource(
            change("delete create", {"cidr": "a"}, {"cidr": "b"}, replace_paths=[["cidr"]]),
            action_reason="replace_because_cannot_update",
        ),
        "replace",
        "cidr cannot change in place",
    ),
    "replace, the new one first": (
        resource(change("create delete", {}, {}), action_reason="replace_because_tainted"),
        "replace",
        "it is tainted",
    ),
    "move": (resource(change("no-op", {}, {}), previous_address="aws_vpc.old"), "move", ""),
    "import": (resource(change("no-op", {}, {}, importing={"id": "vpc-1"})), "import", ""),
    "forget": (resource(change("forget", {"a": 1})), "forget", ""),
    "forget, and make anew": (resource(change("forget create", {}, {})), "replace", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", VERBS)
def test_what_happens_to_a_resource(name: str) -> None:
    said, verb, reason = VERBS[name]
    (found,) = resource_changes(plan(said))
    assert (found.verb, found.reason) == (verb, reason)


def test_what_stays_and_what_is_read_is_left_out() -> None:
    assert resource_changes(plan(resource(change("no-op")), resource(change("read")))) == ()


def test_a_move_and_an_import_name_the_other_end() -> None:
    (moved,) = resource_changes(plan(resource(change("update", {}, {}), previous_address="x.old")))
    (imported,) = resource_changes(plan(resource(change("update", {}, {}, importing={"id": "i"}))))
    assert (moved.verb, moved.was) == ("update", "x.old")
    assert (imported.verb, imported.imported) == ("update", "i")


def test_what_is_no_plan_is_said() -> None:
    with pytest.raises(UnreadablePlan):
        resource_changes({"values": {}})


def differences(**said: Any) -> list[tuple[Any, ...]]:
    found = attribute_changes(change("update", **said))
    return [(one.path, one.before, one.after) for one in found]


DIFFERENCES: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {
    "a value": (
        {"before": {"a": 1, "b": 2}, "after": {"a": 1, "b": 3}},
        [("b", 2, 3)],
    ),
    "null is not there, though it is marked": (
        {
            "before": {"a": None},
            "after": {"b": None},
            "before_sensitive": {"a": True},
            "after_sensitive": {"b": True},
        },
        [],
    ),
    "null is not there": ({"before": {"a": None}, "after": {}}, []),
    "true is not 1": ({"before": {"a": 1}, "after": {"a": True}}, [("a", 1, True)]),
    "deep down": (
        {"before": {"rules": [{"port": 80}]}, "after": {"rules": [{"port": 443}, {"port": 22}]}},
        [("rules[0].port", 80, 443), ("rules[1].port", None, 22)],
    ),
    "a key that is no name": (
        {"before": {"tags": {}}, "after": {"tags": {"kubernetes.io/x": "y"}}},
        [('tags["kubernetes.io/x"]', None, "y")],
    ),
    "known after the apply": (
        {"before": {"id": "a"}, "after": {}, "after_unknown": {"id": True}},
        [("id", "a", "(known after apply)")],
    ),
    "known after the apply, in a list": (
        {"before": {}, "after": {"x": [{}]}, "after_unknown": {"x": [{"id": True}]}},
        [("x[0].id", None, "(known after apply)")],
    ),
    "sensitive": (
        {
            "before": {"password": "old", "user": "a"},
            "after": {"password": "new", "user": "b"},
            "before_sensitive": {"password": True},
            "after_sensitive": {"password": True, "user": True},
        },
        [("password", "(sensitive)", "(sensitive)"), ("user", "(sensitive)", "(sensitive)")],
    ),
    "sensitive and the same": (
        {"before": {"a": "x"}, "after": {"a": "x"}, "after_sensitive": {"a": True}},
        [],
    ),
    "sensitive as a whole": (
        {"before": None, "after": {"a": {"b": "x"}}, "after_sensitive": {"a": True}},
        [("a", None, "(sensitive)")],
    ),
    "a credential that nobody marked": (
        {"before": {"master_password": "a"}, "after": {"client_secret": "hunter22"}},
        [("client_secret", None, "(sensitive)"), ("master_password", "(sensitive)", None)],
    ),
    "a variable that is a credential": (
        {"before": {"env": {}}, "after": {"env": {"DB_PASSWORD": "hunter22"}}},
        [("env.DB_PASSWORD", None, "(sensitive)")],
    ),
    "a policy is compared by what it says": (
        {
            "before": {"policy": '{"Statement":[{"Action":"a","Effect":"Allow"}]}'},
            "after": {"policy": '{"Statement":[{"Effect":"Allow","Action":"b"}]}'},
        },
        [("policy.Statement[0].Action", "a", "b")],
    ),
    "a long text is folded": (
        {"before": {"x": ""}, "after": {"x": "y" * 500}},
        [("x", "", "y" * 160 + "… (500 characters)")],
    ),
    "two long texts are shown where they differ": (
        {
            "before": {"x": "a: 1\n" * 60 + "port: 80\n" + "b: 1\n" * 60},
            "after": {"x": "a: 1\n" * 60 + "port: 443\n" + "b: 1\n" * 60},
        },
        [("x", "…port: 80… (609 characters)", "…port: 443… (610 characters)")],
    ),
    "and in one long line": (
        {"before": {"x": "a" * 300 + "1" + "b" * 300}, "after": {"x": "a" * 300 + "b" * 300}},
        [
            (
                "x",
                f"…{'a' * 40}1{'b' * 40}… (601 characters)",
                f"…{'a' * 40}{'b' * 40}… (600 characters)",
            )
        ],
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs(name: str) -> None:
    said, expected = DIFFERENCES[name]
    assert differences(**said) == expected


SECRET = "s3cret-never-shown"
VALUES = st.recursive(
    st.sampled_from([None, True, 1, "plain", SECRET]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)


def marked(value: Any) -> Any:
    """The marks as the programs give them: true at each secret, the form of the value else."""
    if isinstance(value, dict):
        return {key: mark for key, one in value.items() if (mark := marked(one))}
    if isinstance(value, list):
        return [marked(one) for one in value]
    return value == SECRET


@given(VALUES, VALUES)
def test_no_marked_value_comes_through(before: Any, after: Any) -> None:
    said = change(
        "update", before, after, before_sensitive=marked(before), after_sensitive=marked(after)
    )
    text = json.dumps([one.as_json() for one in attribute_changes(said)])
    outputs = output_changes({"output_changes": {"x": said}})
    assert SECRET not in text + json.dumps([one.as_json() for one in outputs])


def test_copies_of_what_is_sensitive_are_masked_where_nobody_marked_them() -> None:
    old = {"input": "s3cr3t-1", "output": "s3cr3t-1", "url": "db://u:s3cr3t-1@h", "x": "1"}
    new = {name: text.replace("s3cr3t-1", 's3"cr3t-2') for name, text in old.items()}
    new["x"] = json.dumps({"p": 's3"cr3t-2'})
    marks = {"before_sensitive": {"input": True}, "after_sensitive": {"input": True}}
    outputs = {"url": change("update", old["url"], new["url"])}
    said = plan(resource(change("update", old, new, **marks)), output_changes=outputs)
    copies = Copies(secrets_in(said))
    (found,) = resource_changes(said, copies)
    assert [(one.path, one.before, one.after, one.sensitive) for one in found.attributes] == [
        ("input", "(sensitive)", "(sensitive)", True),
        ("output", "(sensitive)", "(sensitive)", True),
        ("url", "db://u:(sensitive)@h", "db://u:(sensitive)@h", True),
        ("x", "1", '{"p": "(sensitive)"}', True),
    ]
    (url,) = output_changes(said, copies)
    assert (url.before, url.after) == ("db://u:(sensitive)@h", "db://u:(sensitive)@h")


def test_outputs_are_masked_as_a_whole_or_in_part() -> None:
    found = output_changes(
        {
            "output_changes": {
                "same": change("no-op", 1, 1),
                "id": change("create", None, None, after_unknown=True),
                "key": change("update", "a", "b", before_sensitive=True, after_sensitive=True),
                "url": change("update", "a", "b"),
            }
        }
    )
    assert [(one.name, one.verb, one.before, one.after, one.sensitive) for one in found] == [
        ("id", "create", None, "(known after apply)", False),
        ("key", "update", "(sensitive)", "(sensitive)", True),
        ("url", "update", "a", "b", False),
    ]


def test_drift_is_what_reads_otherwise_or_is_gone() -> None:
    found = drift_changes(
        {
            "resource_drift": [
                resource(change("delete", {"a": 1}), address="gone"),
                resource(change("update", {"a": 1, "b": None}, {"a": 2}), address="changed"),
                resource(change("update", {"a": None}, {}), address="the same"),
                resource(change("no-op", {}, {}), address="moved", previous_address="x"),
            ]
        }
    )
    assert [(one.address, one.verb, len(one.attributes)) for one in found] == [
        ("changed", "update", 1),
        ("gone", "delete", 1),
    ]


def test_what_destroys_data_is_a_warning_and_users_add_types() -> None:
    found = resource_changes(
        plan(
            resource(change("delete", {}), address="aws_db_instance.x", type="aws_db_instance"),
            resource(change("delete", {}), address="acme_store.y", type="acme_store"),
            resource(change("update", {"a": 1}, {"a": 2}), type="aws_s3_bucket"),
        )
    )
    said = list(data_findings(UnitPlan("live/rds", changes=found), ["acme_*"]))
    assert [(one.component, one.message) for one in said] == [
        ("live/rds", "it deletes acme_store.y: data is destroyed"),
        ("live/rds", "it deletes aws_db_instance.x: a database is destroyed"),
    ]


def test_the_shape_holds_what_happens_and_no_value() -> None:
    def shape(value: int, actions: str = "update") -> str:
        said = plan(resource(change(actions, {"a": 0}, {"a": value})))
        return UnitPlan("u", changes=resource_changes(said)).shape

    assert shape(1) == shape(2) != shape(1, "delete create")
