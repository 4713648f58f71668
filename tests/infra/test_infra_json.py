"""Code in JSON, as generators write it, means what the same code in HCL does."""

from __future__ import annotations

import pytest

from trunkline.core.infra.code import brought, code_findings
from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.hcl import HclError, parse
from trunkline.core.infra.hcl.from_json import LARGEST, TERRAGRUNT, parse_json
from trunkline.core.infra.hcl.syntax import Attribute, Block, Body
from trunkline.core.infra.initkey import init_key
from trunkline.core.infra.reading import Files
from trunkline.core.snapshot import FilesSnapshot

SAME = {
    "blocks with labels": (
        'resource "aws_vpc" "main" {\n cidr = "10.0.0.0/16"\n}',
        '{"resource": {"aws_vpc": {"main": {"cidr": "10.0.0.0/16"}}}}',
    ),
    "several of one kind": (
        'provider "aws" {}\nprovider "aws" {\n alias = "eu"\n}',
        '{"provider": {"aws": [{}, {"alias": "eu"}]}}',
    ),
    "a list of objects at any level": (
        'module "a" {\n x = 1\n}\nmodule "b" {\n x = 2\n}',
        '[{"module": [{"a": [{"x": 1}]}]}, {"module": {"b": {"x": 2}}}]',
    ),
    "a kind that is named twice": (
        'module "a" {\n}\nmodule "b" {\n}',
        '{"module": {"a": {}}, "module": {"b": {}}}',
    ),
    "blocks in blocks": (
        'terraform {\n backend "s3" {\n  key = "k"\n }\n required_providers {\n  a = {}\n }\n}',
        '{"terraform": {"backend": {"s3": {"key": "k"}}, "required_providers": {"a": {}}}}',
    ),
    "what a provider calls a block is an attribute": (
        'resource "a" "b" {\n rule = [{ port = 1 }]\n}',
        '{"resource": {"a": {"b": {"rule": [{"port": 1}]}}}}',
    ),
    "templates": (
        'locals {\n a = "x-${file("a.txt")}"\n c = var.d\n e = "back\\\\slash"\n}',
        '{"locals": {"a": "x-${file(\\"a.txt\\")}", "c": "${var.d}", "e": "back\\\\slash"}}',
    ),
    "comments": ("locals {\n a = 1\n}", '{"//": {"metadata": "x"}, "locals": {"//": "y", "a": 1}}'),
    "all kinds of values": (
        "locals {\n a = [1, 2.5, true, false, null]\n b = {}\n}",
        '{"locals": {"a": [1, 2.5, true, false, null], "b": {}}}',
    ),
}  # fmt: skip


def bare(body: Body) -> tuple[object, ...]:
    """A body without where it stands in its file."""
    return (
        [(one.name, repr(one.value)) for one in body.attributes],
        [(one.kind, one.labels, bare(one.body)) for one in body.blocks],
    )


@pytest.mark.parametrize("name", SAME)
def test_it_is_read_as_the_same_in_hcl(name: str) -> None:
    hcl, json = SAME[name]
    assert bare(parse_json(json)) == bare(parse(hcl))


def test_each_block_and_attribute_knows_its_line() -> None:
    text = """\
{
  "terraform": {
    "backend": {
      "s3": {
        "key": "k"
      }
    }
  },
  "module": {
    "a": {
      "source": "./a"
    }
  }
}
"""
    lines: list[tuple[str, int]] = []

    def walk(one: Block | Attribute) -> None:
        lines.append((one.kind if isinstance(one, Block) else one.name, one.line))
        if isinstance(one, Block):
            for inner in (*one.body.blocks, *one.body.attributes):
                walk(inner)

    for block in parse_json(text).blocks:
        walk(block)
    assert lines == [
        ("terraform", 2), ("backend", 4), ("key", 5), ("module", 10), ("source", 11),
    ]  # fmt: skip


BROKEN = {
    "cut off": ('{\n "a": {\n', 3),
    "no object": ("1", 1),
    "empty": ("", 1),
    "a comma too many": ('{\n "a": 1,\n}', 3),
    "too long": (" " * (LARGEST + 1), 1),
    "too deep": ("[" * 100_000 + "]" * 100_000, 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_json_is_told_with_its_line(name: str) -> None:
    text, line = BROKEN[name]
    with pytest.raises(HclError) as told:
        parse_json(text)
    assert told.value.line == line


def test_terragrunts_blocks_are_known_in_its_files() -> None:
    body = parse_json(
        '{"locals": {"a": 1}, "dependency": {"vpc": {"config_path": "../vpc"}}}', TERRAGRUNT
    )
    assert bare(body) == bare(
        parse('locals {\n a = 1\n}\ndependency "vpc" {\n config_path = "../vpc"\n}')
    )


CDK = """\
{
  "//": {"metadata": {"backend": "s3", "stackName": "net"}},
  "terraform": {"backend": {"s3": {"bucket": "b", "key": "net"}}},
  "module": {"vpc": {"source": "../../modules/vpc", "cidr": "${file(\\"cidr.txt\\")}"}},
  "locals": {"policy": "${templatefile(\\"${path.module}/../shared/p.json\\", {})}"}
}
"""


def test_a_root_module_in_json_is_a_unit_with_all_that_it_reads() -> None:
    tree = {
        "stacks/net/cdk.tf.json": CDK,
        "modules/vpc/main.tf.json": '{"module": {"s": {"source": "../sub"}}}',
        "modules/sub/main.tf": "",
    }
    (unit,) = discover_units(FilesSnapshot(tree)).units
    assert (unit.id, unit.origin.file, unit.origin.line) == (
        "stacks/net",
        "stacks/net/cdk.tf.json",
        3,
    )
    assert unit.reads == ("modules/sub/", "modules/vpc/", "stacks/shared/p.json")


def test_a_broken_one_is_a_finding_of_its_unit() -> None:
    tree = {
        "net/main.tf": 'terraform {\n backend "s3" {}\n}',
        "net/more.tf.json": '{\n "locals": }',
    }
    (finding,) = discover_units(FilesSnapshot(tree)).findings
    assert (finding.component, finding.place) == ("net", "net/more.tf.json:2")


def test_a_terragrunt_unit_reads_settings_in_json() -> None:
    tree = {
        "live/common.hcl.json": '{"locals": {"module": "../../modules/vpc"}}',
        "live/vpc/terragrunt.hcl": (
            'locals { common = read_terragrunt_config("../common.hcl.json") }\n'
            "terraform { source = local.common.locals.module }"
        ),
        "modules/vpc/main.tf.json": "{}",
    }
    found = discover_units(FilesSnapshot(tree))
    assert [(one.id, one.reads) for one in found.units] == [
        ("live/vpc", ("live/common.hcl.json", "modules/vpc/"))
    ]
    assert found.findings == ()


def test_init_runs_again_only_where_it_reads_something_else() -> None:
    def key(text: str) -> str:
        return init_key(Files(FilesSnapshot({"net/cdk.tf.json": text})), "net", (), "tofu")

    assert key(CDK) == key(CDK.replace("p.json", "q.json"))
    assert key(CDK) != key(CDK.replace('"key": "net"', '"key": "other"'))
    assert key(CDK) != key(CDK.replace("modules/vpc", "modules/vpc2"))


def test_a_reviewer_is_told_of_programs_that_it_starts() -> None:
    text = '{"data": {\n "external": {"x": {"program": ["sh"]}}}}'
    head = Files(FilesSnapshot({"net/x.tf.json": text}))
    found = brought(Files(FilesSnapshot({})), head, ["net/x.tf.json"])
    assert [one.what for one in found] == ["it is code in JSON", "data external x"]
    (finding,) = code_findings("net", found)
    assert (finding.place, finding.message) == (
        "net/x.tf.json:2",
        "data external x: that runs with this machine's credentials",
    )


def test_escaped_text_is_text() -> None:
    body = parse_json('{"output": {"a": {"value": "$${b}", "description": "a { ${"}}}')
    assert [repr(one.value) for one in body.blocks[0].body.attributes] == [
        "Literal(value='${b}')",
        "Literal(value='a { ${')",
    ]
