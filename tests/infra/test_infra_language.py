"""What expressions give: what OpenTofu itself says of the same text."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trunkline.core.infra.hcl import parse
from trunkline.core.infra.hcl.evaluate import UNKNOWN, Function, evaluate

NUMBERS = """\
"${100000000000000000000} ${1e21} ${1.50} ${0.0000001} ${-2.0}"
[0.1 + 0.2, 3 * 0.1, 10 / 4, 1e3 - 1, 2.5 * 2]
[-7 % 3, 7 % -3, 0.1 % -1, 5.5 % 2]
[1 < 2, 0.1 >= 0.1, 2 == 2.0, "2" == 2, 1e2 == 100]
"${1 + 2}-${length([1, 2]) / 2}"
jsondecode("[1.0, 12345678901234567890, 1e2, 0.25]")
"""
OBJECTS = """\
{ 1 = "a", true = "b", (1.5) = "c", "d e" = 1 }
length({ 1 = "a", 2 = "b" })
keys({ 10 = "a", 9 = "b" })
lookup({ 1 = "a" }, 1, "b")
{ 1 = "a" }["1"]
[element(["a", "b", "c"], 4), element([1], 0)]
(false ? "a" : 2)
(true ? 1 : "x-${1}")
coalesce(null, "", 3, "x")
"""
LISTS = """\
[compact(["a", "", "b"]), distinct(["b", "a", "b"]), sort(["b", "A", "ä", "a"])]
[flatten([["a", []], [["b"], "c"]]), values({ b = 1, a = 2 }), slice(["a", "b", "c"], 1, 3)]
[toset(["b", "a", "b"]), tolist(["b", "a"]), reverse(["a", "b"]), contains(["a"], "a")]
[concat(["a"], [], ["b"]), merge({ a = 1, b = 1 }, { b = 2 }), element(["a", "b"], 3)]
"""
PATHS = """\
[dirname(""), dirname("a"), dirname("/"), dirname("/x/"), dirname("a//b/"), dirname("a/../b/c")]
[basename(""), basename("/"), basename("a/b//"), basename("a")]
[upper("straße"), lower("ÄΣ"), trimspace("\\u0085\\u00a0 a\\u3000"), length("abc")]
[split(",", "a,b,,"), split(",", ""), replace("a.b", ".", "-"), trimprefix("aab", "a")]
[substr("abcdef", 1, 2), substr("abc", -2, -1), substr("abc", 1, 9), title("a-b it's_x 9y")]
[trim("--a-b-", "-"), chomp("a\\n\\r\\n"), startswith("ab", "a"), strcontains("abc", "bc")]
format("%s-%d-%v-%%", "a", 2, true)
"""
TEXTS = """\
"a ${~ 1 ~} b"
"a \\n ${~ 1 ~} \\n $${b}"
" ${~ "x" }"
" $${a} ${~ 1}"
<<EOT
  a $${b} %%{c}
  \t${~ 1 ~} \n
  b
EOT
<<-EOT
    a

      ${~ upper("b") }
   \t
    c
  EOT
<<-EOT
    a
${1} b
  EOT
"""
SCALARS = """\
a: 0012
b: [0o17, 0x1f, 0X1F, 0b11, 1_000, -0x1, 08, +1, .5, 5., 1e3, 1.50]
c: [yes, Off, n, ~, null, "yes", 'a''b']
d: [2001-01-01, 2001-1-2, 1:20, 12345678901234567890123]
e: &e {x: 1, y: 2}
f: {<<: *e, x: 3}
g: {x: 3, <<: [{x: 1}, {x: 2}]}
0644: [0644]
1e3: |
  text
  of lines
"""
REFUSED = ("", "# nothing", "a: 1\n---\nb: 2", "a: *b", "null: 1", "[a]: 1", "a: b: c", "[,]")


class Nothing:
    """Nothing is named here."""

    vouching = True
    functions: Mapping[str, Function] = {}

    def named(self, _name: str) -> Any:
        return UNKNOWN


def expressions() -> list[str]:
    found: list[str] = []
    for text in (NUMBERS, OBJECTS, LISTS, PATHS, TEXTS):
        lines = iter(text.splitlines())
        for line in lines:
            while line.startswith("<<") and line.split("\n")[-1].strip() != "EOT":
                line += "\n" + next(lines)
            found.append(line)
    return found


def as_text(value: str) -> str:
    """A text as HCL has it in quotes."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def ours(written: list[str]) -> list[Any]:
    body = parse("".join(f"x{at} = {one}\n" for at, one in enumerate(written)))
    return [evaluate(one.value, Nothing()) for one in body.attributes]


def theirs(tofu: Path, folder: Path, written: list[str]) -> list[Any]:
    """None for what the program refuses."""
    lines = "".join(f"x{at} = try([{one}\n], [])\n" for at, one in enumerate(written))
    (folder / "main.tf").write_text(f"locals {{\n{lines}}}\n")
    asked = "".join(f"jsonencode(local.x{at})\n" for at in range(len(written)))
    env = {"PATH": os.defpath, "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        [tofu, "console"], cwd=folder, input=asked, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return [(json.loads(json.loads(one)) or [None])[0] for one in done.stdout.splitlines()]


def test_expressions_give_what_opentofu_says(tmp_path: Path, tofu: Path) -> None:
    written = expressions()
    mine, said = ours(written), theirs(tofu, tmp_path, written)
    assert [*zip(written, mine, strict=True)] == [*zip(written, said, strict=True)]


def test_yaml_is_read_as_the_programs_read_it(tmp_path: Path, tofu: Path) -> None:
    written = [f"yamldecode({as_text(one)})" for one in (SCALARS, *REFUSED)]
    mine, said = ours(written), theirs(tofu, tmp_path, written)
    assert mine[0] == said[0]
    assert said[1:] == [None] * len(REFUSED)
    assert mine[1:] == [UNKNOWN] * len(REFUSED)


@pytest.mark.parametrize(
    "text",
    [
        "element([], 0)",
        "element([1], -1)",
        "1 / 0",
        "1 / 3",
        '"a${1e999}"',
        'yamldecode(".inf")',
        'jsondecode("NaN")',
        "9e300 * 9e300 * 9e300",
        '{ (local.x) = 1 }["a"]',
    ],
)
def test_what_has_no_value_that_counts_is_unknown(text: str) -> None:
    assert ours([text]) == [UNKNOWN]
