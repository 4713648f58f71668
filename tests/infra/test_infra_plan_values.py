"""The parts of a plan's file: values by their types, marks, schemas, locks; and what is no plan."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.core.infra.plan.read import resource_changes
from trunkline.core.infra.planfile.archive import LARGEST, unpacked
from trunkline.core.infra.planfile.hidden import sensitive_variables
from trunkline.core.infra.planfile.locks import provider_of, schema_keys
from trunkline.core.infra.planfile.marks import marks_of
from trunkline.core.infra.planfile.read import PlanFile, kind_of
from trunkline.core.infra.planfile.schemas import schema_in, schemas_in
from trunkline.core.infra.planfile.shapes import DYNAMIC, Shape, of_block, of_type
from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.core.infra.planfile.values import UNKNOWN, known, unknown, value_of
from trunkline.practice.plugin.wire import Table, each, encode

pack = msgspec.msgpack.encode
LATER = msgspec.msgpack.Ext(0, b"\0")
REFINED = msgspec.msgpack.Ext(12, b"\x81\x01\xc2")

# A type, a value as it is packed, and as it is read.
VALUES: dict[str, tuple[Any, Any, Any]] = {
    "text": ("string", "a", "a"),
    "text of digits": ("string", "0123", "0123"),
    "a whole number": ("number", 7, 7),
    "a fraction": ("number", 0.5, 0.5),
    "a float that is whole": ("number", 1e20, 100000000000000000000),
    "a fraction as text": ("number", "0.1", 0.1),
    "a number as text": ("number", "12345678901234567890123", 12345678901234567890123),
    "null": ("number", None, None),
    "not known": ("string", LATER, UNKNOWN),
    "not known, but not null": (["list", "string"], REFINED, UNKNOWN),
    "a list": (["list", "number"], [1, "2.5", None, LATER], [1, 2.5, None, UNKNOWN]),
    "a set": (["set", "bool"], [True, False], [True, False]),
    "a map": (["map", "string"], {"b": "x", "a": LATER}, {"b": "x", "a": UNKNOWN}),
    "a tuple": (["tuple", ["string", "number"]], ["1", 1], ["1", 1]),
    "an object": (["object", {"a": "string"}, ["a"]], {"a": None}, {"a": None}),
    "any": ("dynamic", [b'"number"', "1.5"], 1.5),
    "any, of no value": ("dynamic", None, None),
    "any, not known": ("dynamic", LATER, UNKNOWN),
    "any in any": (
        "dynamic",
        [b'["object",{"a":"dynamic"}]', {"a": [b'["set","string"]', ["x"]]}],
        {"a": ["x"]},
    ),
}


@pytest.mark.parametrize(("type", "packed", "read"), VALUES.values(), ids=VALUES)
def test_a_value_is_read_by_its_type(type: Any, packed: Any, read: Any) -> None:
    found = value_of(pack(packed), of_type(type))
    assert (found, repr(found)) == (read, repr(read))


UNFIT: dict[str, tuple[Any, Any]] = {
    "a number for text": ("string", 1),
    "text for a number": ("number", "many"),
    "a truth for a number": ("number", True),
    "a number without end": ("number", float("inf")),
    "too many digits": ("number", "9" * 5000),
    "an attribute more": (["object", {"a": "string"}], {"a": "x", "b": "x"}),
    "an attribute less": (["object", {"a": "string", "b": "string"}], {"a": "x"}),
    "a longer tuple": (["tuple", ["string"]], ["a", "b"]),
    "a key that is no text": (["map", "string"], {1: "x"}),
    "an unknown extension": ("string", msgspec.msgpack.Ext(7, b"")),
    "any, without a type": ("dynamic", "x"),
    "any, of an unknown type": ("dynamic", [b'"capsule"', "x"]),
    "any, of a broken type": ("dynamic", [b"[", "x"]),
}


@pytest.mark.parametrize(("type", "packed"), UNFIT.values(), ids=UNFIT)
def test_a_value_that_does_not_fit_is_not_guessed_at(type: Any, packed: Any) -> None:
    with pytest.raises(Unsure):
        value_of(pack(packed), of_type(type))


def test_what_is_not_known_is_told_beside_what_is() -> None:
    value = {"a": UNKNOWN, "b": [1, UNKNOWN, {"c": UNKNOWN}], "d": "x", "e": {}}
    assert known(value) == {"b": [1, None, {}], "d": "x", "e": {}}
    assert unknown(value) == {"a": True, "b": [False, True, {"c": True}], "e": {}}
    assert (known(UNKNOWN), unknown(UNKNOWN), unknown("x")) == (None, True, False)


SCHEMA = """\
{"format_version": "1.0", "provider_schemas": {"registry.test/a/a": {
  "resource_schemas": {"a_thing": {"version": 0, "block": {
    "attributes": {
      "name":   {"type": "string", "description": "left out"},
      "token":  {"type": "string", "sensitive": true},
      "login":  {"nested_type": {"nesting_mode": "single", "attributes": {
                  "user": {"type": "string"}, "key": {"type": "string", "sensitive": true}}}},
      "users":  {"nested_type": {"nesting_mode": "map", "attributes": {
                  "key": {"type": "string", "sensitive": true}}}},
      "more":   {"type": "dynamic"}},
    "block_types": {
      "one":   {"nesting_mode": "single", "block": {"attributes": {
                 "pin": {"type": "number", "sensitive": true}}}},
      "rule":  {"nesting_mode": "list", "block": {
                 "attributes": {"port": {"type": "number"}},
                 "block_types": {"tls": {"nesting_mode": "list", "block": {"attributes": {
                   "pem": {"type": "string", "sensitive": true}}}}}}},
      "grant": {"nesting_mode": "set", "block": {"attributes": {
                 "key": {"type": "string", "sensitive": true}}}},
      "open":  {"nesting_mode": "list", "block": {"attributes": {
                 "any": {"type": "dynamic"}}}}}}}},
  "data_source_schemas": {"a_thing": {"block": {"attributes": {"id": {"type": "string"}}}}}}}}
"""
VALUE: dict[str, Any] = {
    "name": "n",
    "token": None,
    "login": {"user": "u", "key": "k"},
    "users": {"x": {"key": "k"}, "y": {"key": "k"}},
    "more": [b'["list","string"]', ["open", "closed"]],
    "one": {"pin": 1},
    "rule": [{"port": 1, "tls": []}, {"port": 2, "tls": [{"pem": "p"}]}],
    "grant": [],
    "open": [b'["tuple",[["object",{"any":"string"}]]]', [{"any": "x"}]],
}


def shape_of(kind: str) -> Shape:
    return of_block(schema_in(schemas_in(SCHEMA)["registry.test/a/a"][kind]).block)


def test_marks_are_those_of_the_plan_and_those_of_the_schema() -> None:
    shape = shape_of("managed.a_thing")
    value = value_of(pack(VALUE), shape)
    assert marks_of(value, shape, [("more", 1), ("name",), ("one", "gone")]) == {
        "name": True,
        "token": True,
        "login": {"user": False, "key": True},
        "users": {"x": {"key": True}, "y": {"key": True}},
        "more": [False, True],
        "one": {"pin": True},
        "rule": [{"port": False, "tls": []}, {"port": False, "tls": [{"pem": True}]}],
        "grant": [],
        "open": False,
    }
    assert marks_of(value, shape, [()]) is True
    assert not shape_of("data.a_thing").hides


def test_marks_whose_place_is_not_sure_are_the_programs_to_tell() -> None:
    shape = shape_of("managed.a_thing")
    inside = value_of(pack({**VALUE, "grant": [{"key": "k"}]}), shape)
    with pytest.raises(Unsure, match="in a set"):
        marks_of(inside, shape, [])
    with pytest.raises(Unsure, match="nowhere"):
        marks_of({"a": {"b": "x"}}, DYNAMIC, [("a", 0)])
    with pytest.raises(Unsure, match="nowhere"):
        marks_of(["x"], DYNAMIC, [("a",)])


def test_a_block_of_dynamic_type_that_hides_something_is_not_read() -> None:
    secret = '"any": {"type": "dynamic", "sensitive": true}'
    text = SCHEMA.replace('"any": {"type": "dynamic"}', secret)
    with pytest.raises(Unsure, match="dynamic"):
        of_block(schema_in(schemas_in(text)["registry.test/a/a"]["managed.a_thing"]).block)


ADDRESSES = {
    "aws_vpc.main": "managed.aws_vpc",
    "aws_vpc.main[0]": "managed.aws_vpc",
    'module.a["x.y"].module.b.data.aws_vpc.main["]\\"["]': "data.aws_vpc",
    "ephemeral.vault_secret.one": "ephemeral.vault_secret",
}


@pytest.mark.parametrize(("address", "kind"), ADDRESSES.items())
def test_an_address_names_its_kind(address: str, kind: str) -> None:
    assert kind_of(address) == kind


LOCKS = """\
# made by the program
provider "registry.test/a/a" {
  version     = "1.2.3"
  constraints = "~> 1.0"
  hashes = [
    "h1:one=",
    "zh:two",
  ]
}

provider "registry.test/a/unsure" {
  version = "1.0.0"
}
"""


def test_a_schema_is_remembered_for_one_provider_exactly() -> None:
    def key(program: str = "OpenTofu 1.12.6", locks: str = LOCKS) -> str:
        return schema_keys(program, locks, ["registry.test/a/a"])["registry.test/a/a"]

    others = [
        key("OpenTofu 1.12.7"),
        key(locks=LOCKS.replace("1.2.3", "1.2.4")),
        key(locks=LOCKS.replace("h1:one=", "h1:another=")),
    ]
    assert len({key(), *others}) == 4
    assert key(locks=LOCKS.replace('"h1:one=",\n    "zh:two"', '"zh:two",\n    "h1:one="')) == key()
    for unsure in ("registry.test/a/unsure", "registry.test/a/absent"):
        with pytest.raises(Unsure, match="no lock says"):
            schema_keys("OpenTofu 1.12.6", LOCKS, [unsure])
    built_in = "terraform.io/builtin/terraform"
    assert schema_keys("OpenTofu 1.12.6", "", [built_in]).keys() == {built_in}


def test_a_provider_is_named_by_its_configuration() -> None:
    assert provider_of('provider["registry.test/a/a"]') == "registry.test/a/a"
    assert provider_of('module.x.provider["registry.test/a/a"].us') == "registry.test/a/a"
    with pytest.raises(Unsure):
        provider_of("provider.aws")


def test_a_default_that_the_program_works_out_is_the_programs_to_tell() -> None:
    def said(text: str, name: str = "main.tf") -> Any:
        return sensitive_variables({name: text}, {})

    secret = 'variable "a" {\n  sensitive = true\n  default   = '
    assert said(f'{secret}"hidden-one"\n}}')["variables"] == {"a": {"value": "hidden-one"}}
    assert said('variable "a" {\n  default = upper("x")\n}') == {}
    code = {
        "main.tf": 'variable "a" { sensitive = true }',
        "override.tf": 'variable "a" { default = "in-b" }',
    }
    assert sensitive_variables(code, {})["variables"] == {"a": {"value": "in-b"}}
    assert said('output "o" {\n  sensitive = true\n  value = upper(1)\n}') == {}
    for unsure in ('"a-${1}"', "1234567", "upper(1)"):
        with pytest.raises(Unsure):
            said(f"{secret}{unsure}\n}}")
    with pytest.raises(Unsure):
        said('{"variable": {"a": {"sensitive": true}}}', "main.tf.json")


# The messages, as far as the tests write them.
DYNAMIC_VALUE: Table = {1: ("msgpack", "bytes")}
STEP: Table = {1: ("attribute_name", "string"), 2: ("element_key", DYNAMIC_VALUE)}
PATH: Table = {1: ("steps", each(STEP))}
CHANGE: Table = {
    1: ("action", "int"),
    2: ("values", each(DYNAMIC_VALUE)),
    4: ("after_marks", each(PATH)),
    99: ("more", "int"),
}
RESOURCE: Table = {
    13: ("addr", "string"),
    8: ("provider", "string"),
    9: ("change", CHANGE),
    12: ("reason", "int"),
}
OUTPUT: Table = {1: ("name", "string"), 2: ("change", CHANGE), 3: ("sensitive", "bool")}
PLAN: Table = {
    1: ("version", "int"),
    14: ("terraform_version", "string"),
    3: ("resource_changes", each(RESOURCE)),
    4: ("output_changes", each(OUTPUT)),
    27: ("deferred_changes", each(RESOURCE)),
}
STATE = {"version": 4, "serial": 1, "lineage": "abc", "resources": []}
THING: dict[str, Any] = {
    "addr": "a_thing.one",
    "provider": 'provider["registry.test/a/a"]',
    "change": {"action": 1, "values": [{"msgpack": pack(VALUE)}]},
}
WHOLE: dict[str, Any] = {
    "version": 3,
    "terraform_version": "1.12.6",
    "resource_changes": [THING],
    "output_changes": [
        {"name": "o", "change": {"action": 1, "values": [{"msgpack": pack([b'"string"', "x"])}]}}
    ],
}


def archive(plan: bytes, **more: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("tfplan", plan)
        entries = {"tfstate": json.dumps(STATE), ".terraform.lock.hcl": LOCKS, **more}
        for name, text in entries.items():
            whole.writestr(name, text)
    return file.getvalue()


def read(file: bytes, kind: str = "tofu") -> dict[str, Any]:
    kinds = {"managed.a_thing": shape_of("managed.a_thing")}
    return PlanFile.of(unpacked(file), kind, "1.12.6").told({"registry.test/a/a": kinds})


def changed(**more: Any) -> dict[str, Any]:
    return {**WHOLE, **more}


def thing(**more: Any) -> dict[str, Any]:
    return changed(resource_changes=[{**THING, **more}])


def test_a_plan_is_read() -> None:
    told = read(archive(encode(PLAN, WHOLE)))
    (found,) = told["resource_changes"]
    assert (found["address"], found["change"]["actions"]) == ("a_thing.one", ["create"])
    assert told["output_changes"]["o"]["after"] == "x"


@pytest.mark.parametrize(("action", "kind"), [(9, "terraform"), (10, "tofu")])
def test_what_one_program_says_means_nothing_from_the_other(action: int, kind: str) -> None:
    values = [{"msgpack": pack(VALUE)}] * 2
    file = archive(encode(PLAN, thing(change={"action": action, "values": values})))
    (found,) = resource_changes(read(file, kind))
    assert found.verb == "replace"
    with pytest.raises(Unsure, match="unknown action"):
        read(file, "tofu" if kind == "terraform" else "terraform")


REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "an encrypted plan": b'{"meta":{"key_provider.pbkdf2.x":"e30="},"encrypted_data":"AAAA"}',
    "an archive that is cut short": archive(encode(PLAN, WHOLE))[:-40],
    "a version of later": archive(encode(PLAN, changed(version=4))),
    "another program's": archive(encode(PLAN, changed(terraform_version="1.11.4"))),
    "a change that is put off": archive(encode(PLAN, changed(deferred_changes=[THING]))),
    "a field of later": archive(encode(PLAN, thing(change={**THING["change"], "more": 1}))),
    "an action of later": archive(encode(PLAN, thing(change={**THING["change"], "action": 4}))),
    "a reason of later": archive(encode(PLAN, thing(reason=99))),
    "a value less": archive(encode(PLAN, thing(change={"action": 3, "values": []}))),
    "an unknown kind": archive(encode(PLAN, thing(addr="a_nothing.one"))),
    "an unknown provider": archive(encode(PLAN, thing(provider='provider["b"]'))),
    "an unknown file": archive(encode(PLAN, WHOLE), tfschemas="x"),
    "a state of another version": archive(encode(PLAN, WHOLE), tfstate='{"version": 5}'),
    "a state that is none": archive(encode(PLAN, WHOLE), tfstate="[]"),
    "too large a file": archive(encode(PLAN, WHOLE), tfstate=" " * (LARGEST + 1)),
    "a plan that is none": archive(b"\xff" * 30),
    "an endless number": archive(b"\x08" + b"\xff" * 2000),
    "a field that is cut short": archive(encode(PLAN, WHOLE)[:-3]),
}


@pytest.mark.parametrize("file", REFUSED.values(), ids=REFUSED)
def test_what_is_not_known_for_certain_is_not_read(file: bytes) -> None:
    with pytest.raises(Unsure):
        read(file)


def test_what_nests_without_end_ends() -> None:
    deep = pack("x")
    for _ in range(100_000):
        deep = b"\x91" + deep
    value = {"action": 1, "values": [{"msgpack": deep}]}
    with pytest.raises((Unsure, RecursionError)):
        read(archive(encode(PLAN, thing(change=value))))


@given(st.data())
def test_no_bytes_do_more_than_make_it_unsure(data: st.DataObject) -> None:
    plan = bytearray(encode(PLAN, WHOLE))
    for _ in range(data.draw(st.integers(1, 4))):
        plan[data.draw(st.integers(0, len(plan) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(archive(bytes(plan)))
    except (Unsure, RecursionError):
        pass
