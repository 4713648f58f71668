"""What of `kustomize.buildOptions` counts, and what is said of the rest."""

from __future__ import annotations

import pytest

from trunkline.core.argo.argocd_cm import may_configure
from trunkline.core.argo.build_options import build_options_of
from trunkline.core.snapshot import FilesSnapshot

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  url: https://argocd.example.test
  OPTIONS
"""


def told(entry: str) -> tuple[bool, list[str]]:
    """Whether files may lie anywhere, and the findings."""
    text = CONFIG.replace("OPTIONS", entry)
    assert may_configure(text.encode())
    found = build_options_of(FilesSnapshot({"cm.yaml": text}), ["cm.yaml"])
    return found.loads_anywhere, [f"{one.place}: {one.message}" for one in found.findings]


@pytest.mark.parametrize(
    ("options", "anywhere"),
    [
        ("--load-restrictor LoadRestrictionsNone", True),
        ("--load-restrictor=LoadRestrictionsNone", True),
        ('"--load-restrictor LoadRestrictionsNone --enable-helm"', True),
        ("--enable-helm --load-restrictor LoadRestrictionsNone", True),
        ("--load-restrictor 'LoadRestrictionsNone'", True),
        ('--load-restrictor="LoadRestrictionsNone"', True),
        ("--load_restrictor LoadRestrictionsNone", True),
        (">\n    --enable-helm\n    --load-restrictor\n    LoadRestrictionsNone", True),
        ("--load-restrictor LoadRestrictionsRootOnly", False),
        ("--enable-helm --reorder legacy --stack-trace", False),
        ('""', False),
    ],
)
def test_what_counts(options: str, anywhere: bool) -> None:
    assert told(f"kustomize.buildOptions: {options}") == (anywhere, [])


RUNS = "does not count, a kustomization runs no programs and reaches no network"
HELM = (
    "does not count, charts are inflated by the Helm that Trunkline brings, for the Application's "
    "cluster"
)
LABEL = "does not count, objects get no label of the tool that made them"
UNKNOWN = "does not count, it is not known"
NEITHER = "does not count, none is neither LoadRestrictionsNone nor LoadRestrictionsRootOnly"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--enable-alpha-plugins --enable-exec", f"--enable-alpha-plugins, --enable-exec: {RUNS}"),
        ("--enable_alpha_plugins", f"--enable-alpha-plugins: {RUNS}"),
        ("--network --mount type=bind -e A=1 -e B=2", f"--network, --mount, -e: {RUNS}"),
        ("--helm-command /bin/helm3 --enable-helm", f"--helm-command: {HELM}"),
        ("--enable-managedby-label", f"--enable-managedby-label: {LABEL}"),
        ("--new-thing=1", f"--new-thing: {UNKNOWN}"),
        ("--load-restrictor none", f"--load-restrictor: {NEITHER}"),
        ("--enable-exec --mystery", f"--enable-exec: {RUNS}; --mystery: {UNKNOWN}"),
    ],
)
def test_what_does_not_count_is_told_with_its_place(options: str, said: str) -> None:
    where = "cm.yaml:6: kustomize.buildOptions: "
    assert told(f"kustomize.buildOptions: {options}") == (
        False,
        [where + one for one in said.split("; ")],
    )


@pytest.mark.parametrize(
    "key", ["kustomize.buildOptions.v4.4.0", "kustomize.path.v4.4.0", "kustomize.version.v4.4.0"]
)
def test_there_is_one_kustomize_for_all(key: str) -> None:
    said = (
        f"cm.yaml:6: {key}: it does not count, all kustomizations are rendered by the Kustomize "
        "that Trunkline brings"
    )
    assert told(f"{key}: --load-restrictor LoadRestrictionsNone") == (False, [said])


def test_one_of_several_suffices() -> None:
    options = "kustomize.buildOptions: --load-restrictor LoadRestrictionsNone"
    files = {"a.yaml": CONFIG.replace("OPTIONS", options), "b.yaml": CONFIG.replace("OPTIONS", "")}
    assert build_options_of(FilesSnapshot(files), ["b.yaml", "a.yaml"]).loads_anywhere
    assert not build_options_of(FilesSnapshot(files), ["b.yaml", "gone.yaml"]).loads_anywhere
