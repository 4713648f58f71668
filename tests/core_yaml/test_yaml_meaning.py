"""YAML means what sigs.k8s.io/yaml means."""

import pytest

from trunkline.core.yaml import Document, YamlError, attempts, documents, dump, load


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("On", True),
        ("n", False),
        ("'yes'", "yes"),
        ("~", None),
        ("0644", 420),
        ("0o17", 15),
        ("08", 8),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1e6", 1000000),
        ("1.0", 1),
        ("1.5", 1.5),
        ("9007199254740993", 9007199254740993),
        ("18446744073709551615", 18446744073709551615),
        ("12345678901234567890123", 1.2345678901234568e22),
        ("18446744073709551616", 1.8446744073709552e19),
        ("1e400", "1e400"),
        ("!other 12", "12"),
        ("2020-01-01", "2020-01-01"),
        ("1:30", "1:30"),
        ("!!str 12", "12"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        ("=", "="),
    ],
)
def test_scalars(text, value):
    found = load(f"key: {text}\n" if text != "-" else "key: '-'\n")["key"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_strings_and_the_last_of_two_wins():
    assert load("1: a\ntrue: b\nx: 1\nx: 2\n") == {"1": "a", "true": "b", "x": 2}


def test_merge_keys_yield_to_what_follows_them():
    text = "base: &b {x: 1, z: 1}\nmore: &m {x: 2, w: 2}\nout: {w: 0, <<: [*b, *m], z: 3}\n"
    assert load(text)["out"] == {"x": 1, "z": 3, "w": 2}


def test_an_anchor_given_twice_means_the_last_before_its_alias():
    text = "a: &x [1]\nb: *x\nc: &x [2]\nd: *x\n"
    assert load(text) == {"a": [1], "b": [1], "c": [2], "d": [2]}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1e3", "1000"),
        ("1e6", "1e+06"),
        ("0.1", "0.1"),
        ("0x10", "16"),
        ("16777217.5", "1.6777218e+07"),
    ],
)
def test_numbers_as_keys_are_written_as_go_writes_them(text, key):
    assert load(f"{text}: 1\n") == {key: 1}


def test_what_windows_writes_is_read():
    assert load("a: é\r\n".encode("utf-16")) == {"a": "é"}


def test_a_stream_keeps_its_lines_and_its_good_documents():
    found = list(attempts("\ufeffa: 1\r\n---\r\nb: [\n---\n# only a comment\n--- {d: 4}\n"))
    assert [type(one) for one in found] == [Document, YamlError, Document]
    assert (found[0].value, found[1].line, found[2]) == ({"a": 1}, 4, Document({"d": 4}, 6))


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        pytest.param("a: 1\nb:\n\t- c\n", "cannot start any token", 3, id="tab"),
        pytest.param("a: *nothing\n", "undefined alias", 1, id="alias"),
        pytest.param("a: .inf\n", "no place in JSON", 1, id="infinity"),
        pytest.param("a: &a [*a]\n", "holds itself", 1, id="circle"),
        pytest.param("a:\n  null: 1\n", "cannot be a key", 2, id="null-as-key"),
        pytest.param("a: !!int 1.5\n", "cannot read '1.5' as int", 1, id="wrong-tag"),
        pytest.param("? [1]\n: 2\n", "a key is a string", 1, id="list-as-key"),
        pytest.param(b"a: \xff", "not UTF-8", 1, id="encoding"),
        pytest.param("[" * 50_000, "dee|depth", 1, id="depth"),
    ],
)
def test_what_cannot_be_read_names_its_line(text, message, line):
    with pytest.raises(YamlError, match=message) as caught:
        list(documents(text))
    assert caught.value.line == line


def test_few_lines_that_stand_for_billions_are_refused():
    rows = [
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(9)
    ]
    with pytest.raises(YamlError, match="more than"):
        load("a: &a [x]\n" + "".join(rows))


@pytest.mark.parametrize(
    "text", ["yes", "0644", "1e3", "null", "", "a\nb\n", "a: b", "12:30", " x", "é\n"]
)
def test_what_is_written_reads_the_same(text):
    value = {"k": [text, {text: text}]}
    assert load(dump(value)) == value
