"""What people may see of a state: everything that is not secret, and nothing that is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trunkline.core.infra.state.head import BadState
from trunkline.core.infra.state.secrets import MASK
from trunkline.core.infra.state.view import Difference, difference, view


def resource(attributes: dict[str, Any], marks: list[Any] = [], **more: Any) -> dict[str, Any]:  # noqa: B006
    instance = {"schema_version": 0, "attributes": attributes, "sensitive_attributes": marks}
    whole = {"mode": "managed", "type": "aws_db_instance", "name": "main", **more}
    return {**whole, "instances": [{**instance, **more.get("instance", {})}]}


def state(*resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {"version": 4, "resources": list(resources), "outputs": outputs}


def shown(value: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {at: {path: leaf.shown for path, leaf in of.items()} for at, of in view(value).items()}


MARKED = [[{"type": "get_attr", "value": "answer"}]]
INDEXED = [[
    {"type": "get_attr", "value": "rules"},
    {"type": "index", "value": {"value": 1, "type": "number"}},
    {"type": "get_attr", "value": "value"},
]]  # fmt: skip

PICTURES: dict[str, tuple[dict[str, Any], list[Any], dict[str, Any]]] = {
    "plain": (
        {"id": "db-1", "size": 20, "tags": {"Name": "main"}, "ports": [1, 2], "none": None},
        [],
        {"id": "db-1", "size": 20, "tags.Name": "main", "ports[0]": 1, "ports[1]": 2, "none": None},
    ),
    "marked": ({"answer": "four two", "id": "x"}, MARKED, {"answer": MASK, "id": "x"}),
    "marked inside": (
        {"rules": [{"value": "ok"}, {"value": "hunter2"}]},
        INDEXED,
        {"rules[0].value": "ok", "rules[1].value": MASK},
    ),
    "marked whole": (
        {"answer": {"a": "hunter2", "b": 7, "c": None}},
        MARKED,
        {"answer.a": MASK, "answer.b": MASK, "answer.c": None},
    ),
    "of a type known at run time": (
        {"answer": {"value": {"x": "hunter2"}, "type": ["object", {"x": "string"}]}},
        MARKED,
        {"answer.x": MASK},
    ),
    "named": (
        {"password": "p", "admin_token": "t", "password_length": 12, "secret_arn": "arn:x"},
        [],
        {"password": MASK, "admin_token": MASK, "password_length": 12, "secret_arn": "arn:x"},
    ),
    "a copy elsewhere": (
        {"answer": "hunter2", "url": "postgres://app:hunter2@db/main"},
        MARKED,
        {"answer": MASK, "url": f"postgres://app:{MASK}@db/main"},
    ),
    "known by its form": (
        {"key": "-----BEGIN RSA PRIVATE KEY-----\nMII", "url": "https://ann:geheim@host/"},
        [],
        {"key": MASK, "url": f"https://ann:{MASK}@host/"},
    ),
}


@pytest.mark.parametrize("what", PICTURES)
def test_picture(what: str) -> None:
    attributes, marks, expected = PICTURES[what]
    found = shown(state(resource(attributes, marks)))
    assert found == {"aws_db_instance.main": expected}


def test_addresses() -> None:
    many = state(
        resource({"id": 1}, module="module.a.module.b"),
        resource({"id": 1}, mode="data"),
        resource({"id": 1}, instance={"index_key": 0}),
        resource({"id": 1}, instance={"index_key": "eu"}),
        resource({"id": 1}, instance={"deposed": "0a1b"}),
    )
    assert list(shown(many)) == [
        "module.a.module.b.aws_db_instance.main",
        "data.aws_db_instance.main",
        "aws_db_instance.main[0]",
        'aws_db_instance.main["eu"]',
        "aws_db_instance.main (deposed 0a1b)",
    ]


def test_sensitive_outputs() -> None:
    outputs = {
        "open": {"value": "see hunter2"},
        "shut": {"value": {"a": ["hunter2"]}, "sensitive": True},
    }
    assert shown(state(**outputs)) == {
        "output.open": {"value": f"see {MASK}"},
        "output.shut": {"a[0]": MASK},
    }


def test_a_difference_shows_no_secret() -> None:
    old = state(resource({"answer": "hunter2", "size": 1}, MARKED), gone={"value": 1})
    new = state(resource({"answer": "hunter3", "size": 2, "new": "x"}, MARKED), come={"value": 1})
    assert difference(view(old), view(new)) == (
        Difference(
            "~",
            "aws_db_instance.main",
            (("answer", MASK, f"{MASK} (changed)"), ("new", None, "x"), ("size", 1, 2)),
        ),
        Difference("+", "output.come"),
        Difference("-", "output.gone"),
    )
    assert difference(view(old), view(old)) == ()


@pytest.mark.parametrize("odd", ['{"resources": [1]}', '{"resources": 7}', '{"outputs": [1]}'])
def test_what_no_program_writes(odd: str) -> None:
    with pytest.raises(BadState):
        view(json.loads(odd))
