"""What is read line by line is what the parser reads, and what it refuses is never read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.core import block
from trunkline.core.yaml import YamlError, load, parsed

CHART = """\
---
# Source: web/templates/deployment.yaml
apiVersion: apps/v1
kind: "Deployment"
metadata:
  name: web   # in each region
  annotations:
    {}
  labels:
    app.kubernetes.io/name: web
    'version': '1.2'
    0x10: "it's \\"so\\""
spec:
  replicas: 2
  paused: no
  template:
    spec:
      nodeSelector:
      tolerations: []
      containers:
      - name: web
        args: ["--level", 'debug', web, 8080]
        command:
          - sh
          - -c
          - |
            # not a remark
            exec web \\
              --all

        # a remark
        ports:
          - containerPort: 8080
            protocol: TCP
      -   name: side
          env:
            - name: MODE
              value: >-
                {{ tail }}
---
"""
PLAIN = CHART.replace(">-\n                {{ tail }}\n---\n", "plain\n")

CRD = """\
metadata: {"annotations":{"made":"by \\"hand\\""}, "at": null, "n":[0,-7, true]}
spec:
  versions:
  - name: v1
    description: A description of
      "several" lines, so
      it goes on.
    more: 'It isn''t over

      with the first
      line.'  # a remark
    last: "one\\ttwo
      three"
    below:
      a scalar of its own
      on two lines
    kept: |+
      a

    cut: |-
      a

"""


def by_parser(text: str) -> Any:
    """The one value, or why there is none."""
    try:
        found = list(parsed(text, 1))
    except YamlError as error:
        return error
    return found[0] if len(found) == 1 else found


@pytest.mark.parametrize("text", [PLAIN, CRD], ids=["chart", "CRD"])
def test_what_charts_hold_is_read(text: str) -> None:
    found = block.read(text)
    assert found == by_parser(text)
    assert list(map(repr, found.items())) == list(map(repr, by_parser(text).items()))


def test_a_text_that_holds_anything_else_is_left_to_the_parser() -> None:
    rest = CHART.removesuffix("---\n")
    assert block.read(rest) is None
    assert load(rest) == by_parser(rest)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: {b: 1}\n",
        'a: {"b": 1.5}\n',
        'a: {"b": 01}\n',
        'a: {"b": 1 }\n',
        'a: {"b"}\n',
        'a: {"b":"\\u0041"}\n',
        "a: {" + '"k"' * 400 + ":1}\n",
        "<<: {a: 1}\n",
        "? a\n",
        "~: 1\n",
        "a: .nan\n",
        "a: b: c\n",
        "a: b:\n",
        "a: b\n  c: d\n",
        "a: b\n  # so\n  c\n",
        "a: b\n\n  c\n",
        "a:\n  b\n  - c\n",
        "a: |\n  b\n c\n",
        "a: |\nb: 1\n",
        "a: |2\n    b\n",
        "a: >\n  b\n",
        "a: 'b\nc: d'\n",
        'a: "b\\\n  c"\n',
        'a: "\\x41"\n',
        "a: 'b' c\n",
        "a: [b\n",
        "a: [b, ]\n",
        "a: [b: c]\n",
        "a: {}\n  b: 1\n",
        "a: 1\n- b\n",
        "- a\nb: 1\n",
        "- a\n - b\n",
        "- - a\n",
        "-\n",
        "a:\n    b: 1\n  c: 1\n",
        "  a: 1\nb: 1\n",
        "a: |\n  b\n...\nc: 1\n",
        "--- a\n",
        "%YAML 1.1\n",
        "a: 1\tb\n",
        "a: 1\r\n",
        "a: 1\x85\n",
        "a: \ufeff1\n",
        "a: 1",
        "a\n",
        "{}\n",
        "",
        "# a\n",
        f"{' ' * 121}a: 1\n",
        f"-{' ' * 9}a\n",
    ],
)
def test_what_is_not_plain_or_is_wrong_is_left_to_the_parser(text: str) -> None:
    assert block.read(text) is None


def test_deep_blocks_are_left_to_the_parser() -> None:
    assert block.read("".join(f"{' ' * depth}a:\n" for depth in range(130))) is None
    assert block.read('a: {"b":' + "[" * 130 + "]" * 130 + "}\n") is None


SIGNS = [
    *"-:#'\"|>{}[],?&*!%@`~\\ \n\t",
    *(": ", "- ", " #", "- - ", "|\n", "|-\n", ">\n", "{}", "[]", "{a: b}", "['a', 1e3]"),
    *("0644", "<<: ", "*a", "&a ", "''", '"b"', "\n\n", " \n", "# so\n", "---\n", "...\n"),
    *("yes", "\u2028", '{"a":"b"}', "1,"),
]
LINES = [
    *("more", "- one", "a: 1", "a:", "'b", "b'", '"c', 'd"', "{}", "|", "b: |", "  text", "# so"),
    "",
]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A text of charts, with a few signs and lines that do not belong there, or do."""
    lines = draw(st.sampled_from([PLAIN, CRD])).split("\n")[1:]
    start = draw(st.integers(0, len(lines) - 4))
    lines = lines[start : start + draw(st.integers(3, 25))]
    margin = min((len(one) - len(one.lstrip()) for one in lines if one), default=0)
    text = "\n".join(one[margin:] for one in lines) + "\n"
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            at = draw(st.integers(0, len(text)))
            gone = draw(st.integers(0, 2))
            text = text[:at] + draw(st.sampled_from(SIGNS)) + text[at + gone :]
        else:
            lines = text.split("\n")
            at = draw(st.integers(0, len(lines) - 1))
            lines.insert(at, " " * draw(st.integers(0, 8)) + draw(st.sampled_from(LINES)))
            text = "\n".join(lines)
    return text


@settings(max_examples=800, derandomize=True)
@given(damaged())
def test_a_damaged_text_is_read_as_the_parser_reads_it_or_not_at_all(text: str) -> None:
    found = block.read(text)
    assert found is None or repr(found) == repr(by_parser(text))
