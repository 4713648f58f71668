"""Texts made at random mean to us what they mean to sigs.k8s.io/yaml."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from trunkline.core.yaml import YamlError, load

SCALARS = """
    yes No ~ null NULL y N on Off tRue 0 00 08 0644 0o17 0o8 -0 +1 -012 0x1F 0xg 0b11 -0b1 1_000
    0x_1f 1e3 1E5 1e 1. 1.5 -.5 .5e2 ._5 .8_4 1e400 .1e400 1e20 1e21 1e-7 -1.0 0.1 5e-324 1.5e300
    9007199254740993 9223372036854775808 18446744073709551615 18446744073709551616
    +18446744073709551615 -9223372036854775809 123456789012345680000 .inf +.Inf .NaN .iNf
    2001-01-01 2001-01-01T00:00:00Z 12:30 1:30:45 a x:y http://a/b = << 'x' "x\\n\\u263a" 'it''s'
    &a&b é 😀 0x1p3 infinity nan
""".split()
TAGGED = [
    *("!!str 1", "!!int '3'", "!!int 1.0", "!!float 2", "!!float x", "!!bool yes", "!!bool 1"),
    *("!!null ''", "!!null x", "!!binary aGk=", "!!binary a", "!!set {a, b}", "!other 12"),
    *("!!timestamp 2001-01-01", "!<tag:yaml.org,2002:str> 1", "&a x", "&a 1", "*a", "a b", "a #b"),
    *(
        "[]",
        "{}",
        "{a: 1}",
        "|\n    t\n     u\n",
        ">-\n    t\n    u\n",
        "|+\n    t\n\n",
        "'a\n    b'",
        "a\n    b",
    ),
]
numbers = st.text("0123456789.eE+-_xob", min_size=1, max_size=6)
scalars = st.sampled_from(SCALARS + TAGGED) | numbers
# Keys that mean the same without being the same come out of Go in random order: 1 and "1".
keys = st.sampled_from("a b << yes 1.5 'q' &k_k 0x10 1e3 2001-01-01 '' .5 1e21 -1 [1] null".split())


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def pair(key: str, value: str) -> str:
    return f"{key}:\n{indented(value)}" if value.endswith("\n") else f"{key}: {value}\n"


def item(value: str) -> str:
    return f"-\n{indented(value)}" if value.endswith("\n") else f"- {value}\n"


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(keys, min_size=1, max_size=3, unique=True).flatmap(
        lambda names: st.tuples(*(st.tuples(st.just(one), inner) for one in names))
    )
    return st.one_of(
        pairs.map(lambda found: "".join(pair(*one) for one in found)),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: "".join(map(item, found))),
        st.lists(scalars, max_size=3).map(lambda found: f"[{', '.join(found)}]"),
        st.lists(st.tuples(keys, scalars), max_size=2, unique_by=lambda one: one[0]).map(
            lambda found: "{" + ", ".join(f"{key}: {value}" for key, value in found) + "}"
        ),
    )


texts = st.recursive(scalars.map(lambda one: pair("k", one)), nested, max_leaves=12)


def read(text: str) -> Any:
    try:
        return load(text)
    except YamlError as error:
        return error


def agreed(ours: Any, theirs: str) -> bool:
    if isinstance(ours, YamlError) or theirs.startswith("!"):
        return isinstance(ours, YamlError) and theirs.startswith("!")
    expected = json.loads(theirs, parse_int=integer)
    return json.dumps(ours, sort_keys=True) == json.dumps(expected, sort_keys=True)


def integer(text: str) -> int | float:
    """As readers of JSON take it: what 64 bits do not hold is a float."""
    return int(text) if -(2**63) <= int(text) < 2**64 else float(text)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts, windows=st.booleans())
def test_means_what_go_makes_of_it(go_yaml: Callable[[str], str], text: str, windows: bool) -> None:
    text = text.replace("\n", "\r\n") if windows else text
    ours = read(text)
    # libyaml ends a plain scalar of a list in brackets at `:,`, where Go reads on.
    assume("unexpected ':'" not in str(ours))
    assert agreed(ours, go_yaml(text))


@pytest.mark.parametrize("text", [*SCALARS, *TAGGED])
def test_every_scalar_as_a_value(go_yaml: Callable[[str], str], text: str) -> None:
    assert agreed(read(f"k: {text}\n"), go_yaml(f"k: {text}\n"))


@pytest.mark.parametrize("text", SCALARS)
def test_every_scalar_as_a_key(go_yaml: Callable[[str], str], text: str) -> None:
    assert agreed(read(f"{text}: 1\n"), go_yaml(f"{text}: 1\n"))
