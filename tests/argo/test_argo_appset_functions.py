"""Calls of `normalize` and `slugify`, and what each is written as for Helm's engine."""

from __future__ import annotations

import pytest

from trunkline.core.argo.appset.functions import with_functions
from trunkline.core.argo.appset.latin import spellings
from trunkline.core.argo.appset.params import flat, normalized, path_params
from trunkline.core.argo.appset.templates import BadTemplate

N = '| include "trunkline.normalize"'
S = '| include "trunkline.slugify"'


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ .name }}", "{{ .name }}"),
        ("normalize this", "normalize this"),
        ("{{ normalize .name }}", f"{{{{ list .name  {N} }}}}"),
        ("{{ .name | normalize }}", f"{{{{ .name | list  {N} }}}}"),
        ("{{- slugify 23 true .name -}}", f"{{{{- list 23 true .name  {S} -}}}}"),
        ("{{ .a | slugify 5 | upper }}", f"{{{{ .a | list 5  {S} | upper }}}}"),
        ('{{ cat (slugify "a)") "normalize" }}', f'{{{{ cat (list "a)" {S} ) "normalize" }}}}'),
        ("{{ .normalize }}{{ $slugify }}", "{{ .normalize }}{{ $slugify }}"),
        ("{{/* normalize */}}", "{{/* normalize */}}"),
        ("{{ normalize .a", "{{ list .a"),
        ("{{ .x | fromJson }}", "{{ .x | mustFromJson }}"),
    ],
)
def test_calls(template: str, expected: str) -> None:
    assert with_functions(template) == expected


CHECK = (
    '(index (list {0}) (ternary 1 0 (and (not (hasKey {1} "{2}")) (fail "trunkline.missing {0}"))))'
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ .a }}", f"{{{{ {CHECK.format('.a', '.', 'a')} }}}}"),
        ("{{ if $x.b.c }}", f"{{{{ if {CHECK.format('$x.b.c', '$x.b', 'c')} }}}}"),
        ("{{ $.a }}", f"{{{{ {CHECK.format('$.a', '$', 'a')} }}}}"),
        ("{{ . }} {{ $x }} {{ 1.5 }}", "{{ . }} {{ $x }} {{ 1.5 }}"),
        ("{{ (index .c 0).d }}", f"{{{{ (index {CHECK.format('.c', '.', 'c')} 0).d }}}}"),
    ],
    ids=["field", "of a variable", "of the root", "no field", "of a call"],
)
def test_each_field_is_checked_where_missing_keys_are_errors(template: str, expected: str) -> None:
    assert with_functions(template, strict=True) == expected


def test_a_function_of_helm_alone_is_refused_at_its_line() -> None:
    with pytest.raises(BadTemplate) as caught:
        with_functions('a\n{{ .x }}{{ "tpl" }}\n{{ tpl .y . }}')
    assert (str(caught.value), caught.value.line) == ('function "tpl" not defined', 2)


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Größe", "Grosse"),
        ("Čeština", "Cestina"),
        ("Łódź", "Lodz"),
        ("Smørrebrød", "Smorrebrod"),
        ("Москва", "Moskva"),
        ("Ёлка", "Iolka"),
        ("Αθήνα", "Athena"),
        ("ﬁn²", "fin2"),
        ("東京", "東京"),
    ],
)
def test_letters_are_spelled_in_latin_ones(text: str, latin: str) -> None:
    table = spellings([text])
    assert "".join(table.get(one, one) for one in text) == latin


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Feature/ABC_1", "feature-abc-1"),
        ("-a.b.", "a.b"),
        ("x" * 300, "x" * 253),
    ],
)
def test_names_are_normalized(name: str, expected: str) -> None:
    assert normalized(name) == expected


def test_a_directory_in_both_languages() -> None:
    assert path_params("teams/Red_1", go=True) == {
        "path": {
            "path": "teams/Red_1",
            "basename": "Red_1",
            "basenameNormalized": "red-1",
            "segments": ["teams", "Red_1"],
        }
    }
    assert path_params("teams/Red_1", go=False, prefix="team") == {
        "team.path": "teams/Red_1",
        "team.path.basename": "Red_1",
        "team.path.basenameNormalized": "red-1",
        "team.path[0]": "teams",
        "team.path[1]": "Red_1",
    }


def test_nested_values_in_the_older_language() -> None:
    nested = {"a": {"b": True, "c": [1, {"d": None}]}, "e": 1.5}
    assert dict(flat(nested)) == {"a.b": "true", "a.c.0": "1", "a.c.1.d": "", "e": "1.5"}
