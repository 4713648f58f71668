"""HCL as it is read: shapes of bodies, what expressions give, and where text is broken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from trunkline.core.infra.hcl import HclError, parse
from trunkline.core.infra.hcl.evaluate import UNKNOWN, Function, evaluate, known_start
from trunkline.core.infra.hcl.syntax import calls_in


class Scope:
    functions: Mapping[str, Function] = {"here": lambda: "/x"}
    vouching = False

    def named(self, name: str) -> Any:
        return (
            {"env": "prod", "list": ["a", "b"], "map": {"key": 1.0}} if name == "local" else UNKNOWN
        )


VALUES = {
    '"plain"': "plain",
    "12": 12.0,
    "true": True,
    "null": None,
    '"a-${local.env}-${1}"': "a-prod-1",
    '"$${kept} and %%{kept}"': "${kept} and %{kept}",
    r'"tab\there, quote \" and é"': 'tab\there, quote " and é',
    '"${local.list[1]}"': "b",
    'local.map["key"]': 1.0,
    "local.list.0": "a",
    '"${here()}/y"': "/x/y",
    "[1, 2,]": [1.0, 2.0],
    '{ a = 1, "b" : 2\n c = 3 }': {"a": 1.0, "b": 2.0, "c": 3.0},
    'format("%s/%d", local.env, 3)': "prod/3",
    'format("%s-%v at 100%% of %%d", 1.5, true)': "1.5-true at 100% of %d",
    'format("%s", local.list)': UNKNOWN,
    'format("%s")': UNKNOWN,
    'dirname("a/b/")': "a/b",
    'dirname("a")': ".",
    'join("-", ["a", "b"])': "a-b",
    'try(var.missing, "default")': "default",
    'lookup({a = "x"}, "b", "y")': "y",
    'yamldecode("on: yes").on': UNKNOWN,
    "<<EOT\none\n  two ${local.env}\nEOT\n": "one\n  two prod\n",
    '<<EOT\nname = "$${var.name}"\nEOT\n': 'name = "${var.name}"\n',
    "<<EOT\n%%{ if true }$${\nEOT\n": "%{ if true }${\n",
    "var.anything": UNKNOWN,
    '"${var.a}/b"': UNKNOWN,
    "var.a ? 1 : 2": UNKNOWN,
    "[for k, v in local.map : k if v != 2]": UNKNOWN,
    '{for one in local.list : one => "${one}"...}': UNKNOWN,
    "local.list[*].id": UNKNOWN,
    'local.env != "dev" && -3 < 2 - 4 || (1 + 2) * 3 == 10 / 2': True,
    "1 + 2 * 3 - 8 / 4": 5.0,
    'local.env == "prod" ? "a" : var.b': "a",
    'local.map == {} ? "none" : "some"': "some",
    '"x/${local.env == "prod" ? "p" : "d"}"': "x/p",
    "!local.env": UNKNOWN,
    "var.a && false || 1 / 0 > 1": UNKNOWN,
    "false && var.a": False,
    "true == 1": False,
    "[var.a] == [var.a]": UNKNOWN,
    '"%{ if local.env == "x" ~} yes %{ else } no %{ endif }"': UNKNOWN,
    "provider::aws::arn_parse(local.env)": UNKNOWN,
    "merge(\n  local.map, # why\n  { b = 2 } /* and */\n)": {"key": 1.0, "b": 2.0},
}


@pytest.mark.parametrize("text", VALUES)
def test_an_expression_gives(text: str) -> None:
    attribute = parse(f"x = {text}\n").attribute("x")
    assert attribute is not None
    assert evaluate(attribute.value, Scope()) == VALUES[text]


def test_a_body_is_attributes_and_blocks_with_their_lines() -> None:
    body = parse(
        """\
# a comment
resource "aws_vpc" main {
  cidr = "10.0.0.0/16" // said

  tags = {
    Name = "x"
  }
}
a = 1
"""
    )
    (block,) = body.blocks
    assert (block.kind, block.labels, block.line) == ("resource", ("aws_vpc", "main"), 2)
    assert [(one.name, one.line) for one in block.body.attributes] == [("cidr", 3), ("tags", 5)]
    assert [(one.name, one.line) for one in body.attributes] == [("a", 9)]


def test_calls_are_found_at_any_depth_in_their_order() -> None:
    body = parse('a { b = [f(g("x")), "${h()}"] }\nc = { d = i() ? j() : k() }')
    assert [call.name for call in calls_in(body)] == ["f", "g", "h", "i", "j", "k"]


def test_the_start_of_a_text_is_known_though_its_end_is_not() -> None:
    attribute = parse('x = "${here()}/policies/${each.key}.json"').attribute("x")
    assert attribute is not None
    assert known_start(attribute.value, Scope()) == "/x/policies/"


BROKEN = {
    "a = \n}": 2,
    'a = "never closed\nb = 1': 1,
    "a {\n  b = 1\n": 3,
    "ok = 1\na b c = 2": 2,
    "x = [1, 2\ny = 3": 2,
    "x = <<EOT\nnever closed\n": 2,
    'x = "${1"': 1,
    "\x00": 1,
    "x = f(": 1,
    "=": 1,
    "x = { for }": 1,
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_text_is_told_with_its_line(text: str) -> None:
    with pytest.raises(HclError) as error:
        parse(text)
    assert error.value.line == BROKEN[text]


def test_what_is_nested_without_end_is_broken_too() -> None:
    with pytest.raises(HclError, match="too deep"):
        parse("x = " + "[" * 100_000)
