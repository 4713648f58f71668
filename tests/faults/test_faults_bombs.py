"""Texts that were written to hold a program up: each is answered in a moment, or refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from trunkline.core.argo.glob import (
    BadPattern,
    deep_matches,
    path_matches,
    pathspec_matches,
    shell_matches,
    url_matches,
)
from trunkline.core.argo.rules import names_namespace
from trunkline.core.diff import MASK, changes
from trunkline.core.manifest import Manifest
from trunkline.core.yaml import YamlError, attempts

# Seconds; each of these took many minutes, or for ever, when it was found.
pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a: {'9' * 5000}", "9" * 5000),
        (f"a: 0x{'f' * 5000}", f"0x{'f' * 5000}"),
        (f"a: {'1_' * 200_000}1", f"{'1_' * 200_000}1"),
        ("a: 1e999", "1e999"),
        ("a: -1e999", "-1e999"),
    ],
    ids=["digits", "hexadecimal", "underscores", "infinite", "minus infinite"],
)
def test_what_fits_into_no_number_is_a_text(text: str, expected: str) -> None:
    (found,) = attempts(text)
    assert not isinstance(found, YamlError)
    assert found.value == {"a": expected}


LAUGHS = "\n".join(
    ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [{f'*a{n - 1},' * 10}]" for n in range(1, 12))]
)
MERGES = "\n".join(
    ["a0: &a0 {k: v}"] + [f"a{n}: &a{n} {{<<: [{f'*a{n - 1},' * 4}]}}" for n in range(1, 12)]
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAUGHS, "aliases make more than"),
        (MERGES, "aliases make more than"),
        ("a: &a [*a]", "an anchor that holds itself"),
        ("a: " + "[" * 200_000, "maximum nesting depth"),
        ("a: " + "{a: " * 100_000, "maximum nesting depth"),
        ("- " * 30_000, "maximum nesting depth"),
    ],
    ids=["billion laughs", "merges", "self", "lists", "maps", "dashes"],
)
def test_yaml_bombs_are_refused(text: str, told: str) -> None:
    (found,) = attempts(text)
    assert isinstance(found, YamlError)
    assert told in str(found)


def test_a_million_empty_documents_are_none() -> None:
    assert list(attempts("---\n" * 1_000_000)) == []


@pytest.mark.parametrize(
    ("matches", "pattern", "text"),
    [
        (path_matches, "*a" * 25 + "b", "a" * 100),
        (shell_matches, "*a" * 25 + "b", "a" * 100),
        (url_matches, "**a" * 25 + "b", "a" * 100),
        (pathspec_matches, "*a" * 25 + "b", "a" * 100),
        (deep_matches, "**/a/" * 12 + "b", "a/" * 60 + "c"),
        (shell_matches, "{a,aa,aaa}*" * 20 + "b", "a" * 60),
    ],
    ids=["path", "shell", "url", "pathspec", "directories", "braces"],
)
def test_a_glob_of_many_stars_ends(
    matches: Callable[[str, str], bool], pattern: str, text: str
) -> None:
    assert not matches(pattern, text)


def test_braces_without_end_are_refused() -> None:
    for pattern in ("{" * 5000, "{" * 5000 + "}" * 5000, "{a,b"):
        with pytest.raises(BadPattern):
            shell_matches(pattern, "a")


@pytest.mark.parametrize("rule", ["/(a+)+$/", "/(a|a)*b/", "/(a|aa)+$/", "/(.*)*b/"])
def test_a_regular_expression_that_may_never_end_is_refused(rule: str) -> None:
    with pytest.raises(BadPattern, match="a repeated group may hold no"):
        names_namespace(rule, "a" * 60 + "!")


def test_a_regular_expression_still_names_namespaces() -> None:
    assert names_namespace("/^team-(a|b)-[0-9]+$/", "team-b-12")
    assert not names_namespace("/^team-(a|b)-[0-9]+$/", "team-c-12")


def secret(value: str) -> Manifest:
    data = {"file": base64.b64encode(value.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "big"}, "data": data}


def config_map(value: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "m"},
        "data": {"k": value},
    }


BIG = 680_000  # bytes: 900 KB once it is base64, which is what an API server takes
SHAPES: dict[str, Any] = {
    "one word": "a" * BIG,
    "digits": "1" * BIG,
    "words": "word " * (BIG // 5),
    "quotes": '"' * BIG,
    "urls": "://" * (BIG // 3),
    "pairs": "\n".join(f"key{n}: value{n}" for n in range(BIG // 20)),
    "key": "\n".join(base64.b64encode(bytes([n % 251]) * 48).decode() for n in range(BIG // 65)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_object_of_900_kilobytes_is_compared_in_a_moment(shape: str) -> None:
    before, after = SHAPES[shape], SHAPES[shape] + "x"
    (of_map,) = changes([config_map(before)], [config_map(after)])
    (of_secret, *_) = [
        one
        for one in changes(
            [secret(before), config_map("small")], [secret(after), config_map("other")]
        )
        if one.ref.kind == "Secret"
    ]
    assert of_map.diff
    assert MASK in of_secret.diff
    assert "changed" in of_secret.diff


def test_a_long_secret_is_hidden_where_it_was_copied_to() -> None:
    value = "\n".join(f"entry-{n} = {n * 7919}" for n in range(2_000))
    before = [secret(value), config_map(value)]
    after = [secret(f"{value}!"), config_map(f"{value}!")]
    diffs = "".join(one.diff for one in changes(before, after))
    assert "entry-" not in diffs
