"""Versions and constraints, held against the library that Helm itself asks (`semverCompare`)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.core.component import Component, Source
from trunkline.core.kinds import SourceWork, request
from trunkline.core.semver import Constraint, NotAVersion, Version, is_exact, newest
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.render.renderer import Renderer

NUMBERS = (
    "0",
    "1",
    "1.2",
    "1.2.3",
    "0.0.3",
    "0.2.3",
    "0.0.0",
    "*",
    "x",
    "1.x",
    "1.2.X",
    "0.x",
    "0.0.x",
)
PRE = ("1.2.3-beta.1", "0.0.0-0", "1.0.0-0", "1-rc", "1.2-a", "*-0")
OPERATORS = ("", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^")
WHOLE = (
    ">=1.0 <2.0",
    ">=1.0, <2.0",
    ">= 1.0.0 , < 2",
    "1.2 - 1.4.5",
    "1.2.3 - 2.3.4 || ^4",
    "<1 || >=2",
    "~1.2.3 || 0.2.x",
    ">=1.0.0-0 <2",
    ">1-0, <1.3.0",
    "v1.2.3",
    "^v1.2",
    "  1.2.3  ",
    "!=1.2.3 !=1.2.4",
)  # fmt: skip
CONSTRAINTS = [*(a + b for a, b in itertools.product(OPERATORS, (*NUMBERS, *PRE))), *WHOLE]
VERSIONS = (
    "0.0.0", "0.0.3", "0.0.4", "0.1.0", "0.2.3", "0.2.4", "0.3.0", "1.0.0", "1.0.1", "1.2.2",
    "1.2.3", "1.2.4", "1.3.0", "1.4.5", "1.5.0", "2.0.0", "2.3.4", "4.1.0", "1.2.3-beta.1",
    "1.2.3-beta.2", "1.2.3-alpha", "1.2.4-0", "2.0.0-rc.1", "0.0.0-1", "v1.2.3", "1.2.3+meta",
)  # fmt: skip

# 1.2.3 < 1.2.3-beta.11 is the order of numbers, not of letters (semver.org, 11.4).
IN_ORDER = (
    "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
    "1.0.0-beta.11", "1.0.0-rc.1", "1", "1.0.1-0", "1.0.1", "1.2", "1.10",
)  # fmt: skip


@pytest.mark.asyncio(loop_scope="session")
async def test_what_a_constraint_allows_is_what_helm_allows(renderer: Renderer) -> None:
    pairs = list(itertools.product(CONSTRAINTS, VERSIONS))
    lines = "".join(f"{{{{ semverCompare {_quoted(a)} {_quoted(b)} }}}} " for a, b in pairs)
    template = f"apiVersion: v1\nkind: Answer\nmetadata: {{name: a}}\nsaid: {lines}\n"
    files = {
        "chart/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n",
        "chart/templates/a.yaml": template,
    }
    source = Source("https://git.test/a.git", path="chart")
    component = Component("a", "a", sources=(source,))
    snapshots = {"": FilesSnapshot(files)}
    asked = request(component, source, SourceWork(component, source, snapshots))
    (answer,) = (await renderer.render(asked, snapshots)).manifests
    theirs = [one == "true" for one in answer["said"].split()]
    ours = [Constraint.parse(a).allows(Version.parse(b)) for a, b in pairs]
    assert len(theirs) == len(pairs)
    differing = [
        (pair, their) for pair, their, our in zip(pairs, theirs, ours, strict=True) if their != our
    ]
    print(differing)
    assert differing == []


def _quoted(text: str) -> str:
    return f'"{text}"'


def test_order() -> None:
    mixed = IN_ORDER[::-1]
    assert tuple(sorted(mixed, key=lambda one: Version.parse(one).order)) == IN_ORDER


@pytest.mark.parametrize("text", ["", "latest", "1.2.3.4", "01.2.3", "1.2.3-", "-1", "1..2", "1.x"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(NotAVersion):
        Version.parse(text)


@pytest.mark.parametrize(
    "text", ["latest", "1.2.3.4", ">", ">=a", "1 || b", "1,,2", "=>=1", "1.2.3 |"]
)
def test_what_is_no_constraint(text: str) -> None:
    with pytest.raises(NotAVersion):
        Constraint.parse(text)


@pytest.mark.parametrize(
    ("text", "exact"),
    [("1.2.3", True), ("v1.2.3", True), ("1.2.3-rc.1+b", True), ("1.2", False), ("1.2.x", False)],
)
def test_what_names_one_version(text: str, exact: bool) -> None:
    assert is_exact(text) is exact


@pytest.mark.parametrize(
    ("constraint", "found"),
    [
        ("", "2.1.0"),
        ("*", "2.1.0"),
        ("1.2.3", "1.2.3"),
        ("1.2", "1.2.10"),
        ("^1", "1.10.0"),
        (">=2.0.0-0", "3.0.0-rc.1"),
        ("v1.9.0", "v1.9.0"),
        ("1.9.0", "v1.9.0"),
        ("nightly", "nightly"),
        ("5", None),
    ],
)
def test_the_version_that_helm_takes(constraint: str, found: str | None) -> None:
    known = ["1.2.3", "1.2.10", "2.1.0", "3.0.0-rc.1", "1.10.0", "v1.9.0", "nightly", "2.0.0"]
    assert newest(constraint, known) == found


@given(st.text(alphabet="0123456789.xX*<>=~^!|, -v+ab", max_size=20))
def test_any_text_is_a_constraint_or_refused(text: str) -> None:
    try:
        Constraint.parse(text).allows(Version(1, 2, 3))
    except NotAVersion as error:
        assert text in str(error) or repr(text) in str(error)
