"""Globs, label selectors, repository spellings, durations and windows: what matches what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trunkline.core.argo.duration import seconds
from trunkline.core.argo.glob import (
    BadPattern,
    deep_matches,
    path_matches,
    pathspec_matches,
    shell_matches,
    url_matches,
)
from trunkline.core.argo.repository import same_repository
from trunkline.core.argo.selector import BadSelector, selects
from trunkline.core.argo.window import SyncWindow
from trunkline.core.component import Cluster, Component, Destination


@pytest.mark.parametrize(
    ("matches", "pattern", "text", "expected"),
    [
        (path_matches, "apps/*", "apps/a", True),
        (path_matches, "apps/*", "apps/a/b", False),
        (path_matches, "apps/**", "apps/a/b", False),
        (path_matches, "apps/[ab]?", "apps/b1", True),
        (path_matches, "apps/[^ab]", "apps/a", False),
        (path_matches, r"apps/\*", "apps/*", True),
        (path_matches, "{a,b}", "a", False),
        (pathspec_matches, "apps/*/config.json", "apps/a/b/config.json", True),
        (pathspec_matches, "apps", "apps/a/config.json", True),
        (pathspec_matches, "apps/", "apps/a/config.json", True),
        (pathspec_matches, "app", "apps/a", False),
        (pathspec_matches, "**/config.json", "config.json", False),
        (deep_matches, "apps/**", "apps/a/b", True),
        (deep_matches, "**/a.yaml", "a.yaml", True),
        (deep_matches, "apps/**/a.yaml", "apps/x/y/a.yaml", True),
        (deep_matches, "apps/*.yaml", "apps/x/a.yaml", False),
        (deep_matches, "{a,b}/*.yaml", "b/x.yaml", True),
        (shell_matches, "team-*", "team-a/b", True),
        (shell_matches, "team-{a,b}", "team-b", True),
        (shell_matches, "[!a]*", "abc", False),
        (url_matches, "*", "https://a/b/c", True),
        (url_matches, "https://a/*", "https://a/b/c", False),
        (url_matches, "https://a/**", "https://a/b/c", True),
    ],
)
def test_globs(
    matches: Callable[[str, str], bool], pattern: str, text: str, expected: bool
) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["[a", "a\\", "[z-a]"])
def test_a_pattern_that_is_none_names_itself(pattern: str) -> None:
    with pytest.raises(BadPattern) as caught:
        deep_matches(pattern, "x")
    assert repr(pattern) in str(caught.value)


LABELS = {"region": "eu", "tier": "gold"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, True),
        ({}, True),
        ({"matchLabels": {"region": "eu"}}, True),
        ({"matchLabels": {"region": "us"}}, False),
        ({"matchLabels": {"none": "eu"}}, False),
        ({"matchExpressions": [{"key": "region", "operator": "In", "values": ["eu", "us"]}]}, True),
        ({"matchExpressions": [{"key": "region", "operator": "NotIn", "values": ["eu"]}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["eu"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
        (
            {
                "matchLabels": {"region": "eu"},
                "matchExpressions": [{"key": "tier", "operator": "In", "values": ["lab"]}],
            },
            False,
        ),
    ],
)
def test_selectors(selector: dict[str, Any] | None, expected: bool) -> None:
    assert selects(selector, LABELS) is expected


@pytest.mark.parametrize(
    "selector",
    [
        {"matchLabels": ["tier"]},
        {"matchExpressions": ["tier"]},
        {"matchExpressions": [{"key": "tier", "operator": "Is"}]},
        {"matchExpressions": [{"key": "tier", "operator": "In"}]},
    ],
)
def test_selectors_that_kubernetes_refuses(selector: dict[str, Any]) -> None:
    with pytest.raises(BadSelector):
        selects(selector, LABELS)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("git@git.test:org/a.git", "https://git.test/org/a", True),
        ("ssh://git@git.test:22/org/a", "https://GIT.test/org/a.git/", True),
        ("https://user:secret@git.test/org/a", "https://git.test:443/org/a", True),
        ("https://git.test:8443/org/a", "https://git.test/org/a", False),
        ("https://git.test/org/a", "https://git.test/org/A", False),
        ("https://git.test/org/a", "https://git.test/org/b", False),
        ("/srv/git/a.git", "/srv/git/a", True),
        ("file:///srv/git/a", "/srv/git/a", True),
    ],
)
def test_spellings_of_a_repository(one: str, other: str, expected: bool) -> None:
    assert same_repository(one, other) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5s", 5.0),
        ("1h30m", 5400.0),
        ("1.5m", 90.0),
        ("200ms", 0.2),
        ("90", 90.0),
        ("", None),
        ("soon", None),
        ("5 s", None),
        ("-5s", None),
    ],
)
def test_durations(text: str, expected: float | None) -> None:
    assert seconds(text) == expected


SHOP = Component("shop", "shop", destination=Destination(name="eu", namespace="web"))
EU = Cluster("eu", "https://eu.test")


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (SyncWindow(False, "* * * * *", 60, applications=("sh*",)), True),
        (SyncWindow(False, "* * * * *", 60, clusters=("https://eu.test",)), True),
        (SyncWindow(False, "* * * * *", 60, namespaces=("other",)), False),
        (SyncWindow(False, "* * * * *", 60), False),
        (
            SyncWindow(False, "* * * * *", 60, applications=("sh*",), namespaces=("other",)),
            True,
        ),
        (
            SyncWindow(
                False,
                "* * * * *",
                60,
                applications=("sh*",),
                namespaces=("other",),
                all_must_match=True,
            ),
            False,
        ),
    ],
)
def test_windows_cover(window: SyncWindow, expected: bool) -> None:
    assert window.covers(SHOP, EU) is expected


@pytest.mark.parametrize("said", ["in-cluster", "https://kubernetes.default.svc", "eu"])
def test_a_window_of_the_meta_cluster_covers_it_whatever_it_is_called(said: str) -> None:
    window = SyncWindow(False, "* * * * *", 60, clusters=(said,))
    assert window.covers(SHOP, Cluster("eu", "https://eu.test", local=True))
    assert window.covers(SHOP, EU) is (said == "eu")
