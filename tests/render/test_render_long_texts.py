"""Texts that are read once, and how many of them are held."""

from __future__ import annotations

import pytest

from trunkline.core.yaml import YamlError
from trunkline.edge.render.long_texts import LONG, Known


def definition(name: str) -> str:
    return f"name: {name}\ntext: {'x' * LONG}\n"


def test_what_is_long_is_read_once() -> None:
    known = Known()
    (first,) = known.attempts(definition("a"))
    (again,) = known.attempts(definition("a"))
    assert first is again
    (short,) = known.attempts("name: a")
    assert short is not next(iter(known.attempts("name: a")))


def test_what_was_used_last_stays_within_the_bound() -> None:
    known = Known(2 * LONG + 100)
    a, b, c = (definition(name) for name in "abc")
    held = {one: next(iter(known.attempts(one))) for one in (a, b)}
    known.attempts(a)
    known.attempts(c)
    assert next(iter(known.attempts(a))) is held[a]
    assert next(iter(known.attempts(b))) is not held[b]


def test_a_text_that_is_longer_than_all_that_is_held_is_read() -> None:
    known = Known(LONG)
    (found,) = known.attempts(definition("a"))
    assert not isinstance(found, YamlError)
    assert found.value["name"] == "a"


def test_documents_of_a_stream_keep_their_lines() -> None:
    text = f"a: 1\n---\n{definition('b')}---\nc: 3\n"
    assert [(one.line, list(one.value)) for one in Known().documents(text)] == [
        (1, ["a"]),
        (2, ["name", "text"]),
        (5, ["c"]),
    ]


def test_what_is_broken_is_told_with_its_line() -> None:
    with pytest.raises(YamlError) as told:
        list(Known().documents(f"a: 1\n---\n{definition('b')}---\nc: [\n"))
    assert told.value.line == 7
