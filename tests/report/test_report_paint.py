"""What a repository says is text to a terminal, and to the log of a CI."""

from __future__ import annotations

import pytest

from trunkline.core.report.paint import safe
from trunkline.core.shell import word

TOLD = {
    "a b": "a b",
    "a\n\tb": "a\n\tb",
    "\x1b[31mred": "\\x1b[31mred",
    "left \u202e right": "left \\u202e right",
    "::warning::x": "\\x3a:warning::x",
    "a: |\n  ::set-output name=x::y": "a: |\n  \\x3a:set-output name=x::y",
    "##[set-output name=x;]y": "\\x23#[set-output name=x;]y",
    "x ##vso[task.setvariable variable=x]y": "x \\x23#vso[task.setvariable variable=x]y",
    "##teamcity[setParameter name='x']": "\\x23#teamcity[setParameter name='x']",
    # No commands.
    "arn:aws:s3:::bucket std::vector": "arn:aws:s3:::bucket std::vector",
    "::1 ::/0 ## a": "::1 ::/0 ## a",
}


@pytest.mark.parametrize("text", TOLD)
def test_text_steers_nothing(text: str) -> None:
    assert safe(text) == TOLD[text]


WORDS = {
    "infra/live/eu@prod": "infra/live/eu@prod",
    "infra/$(id)": "'infra/$(id)'",
    "a; rm -rf ~": "'a; rm -rf ~'",
    "it's": "'it'\"'\"'s'",
    "-x y": "'-x y'",
}


@pytest.mark.parametrize("text", WORDS)
def test_a_word_of_a_command_to_type_is_no_command(text: str) -> None:
    assert word(text) == WORDS[text]
