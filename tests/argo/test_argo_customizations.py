"""A user's health rules: where they are written, which kinds they judge, which one counts."""

from __future__ import annotations

import pytest

from trunkline.core.argo.customizations import Customizations, customizations_of, is_rule_file
from trunkline.core.snapshot import FilesSnapshot

NEW_FORM = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.health.cert-manager.io_Certificate: |
    hs = {}
    return hs
  resource.customizations.useOpenLibs.cert-manager.io_Certificate: "true"
  resource.customizations.health.PersistentVolumeClaim: return {}
  resource.customizations.actions.apps_Deployment: |
    discovery.lua: return {}
"""

OLD_FORM = """\
# a patch of a kustomization
kind: ConfigMap
apiVersion: v1
metadata:
  name: argocd-cm
data:
  resource.customizations: |
    cert-manager.io/Certificate:
      health.lua: |
        hs = {}
        return hs
    "*.crossplane.io/*":
      ignoreDifferences: |
        jsonPointers: [/spec]
      health.lua: |
        return {}
"""

IN_A_LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: argocd-cm}
  data:
    resource.customizations.health.apps_Deployment: |
      return {}
"""


def read(files: dict[str, str], folders: tuple[str, ...] = ()) -> Customizations:
    snapshot = FilesSnapshot(files)
    scripts = [one for one in files if is_rule_file(one)]
    return customizations_of(snapshot, scripts, [one for one in files if "cm" in one], folders)


def places(found: Customizations) -> list[str]:
    return sorted(f"{one.kinds} at {one.place()}" for one in found.rules)


@pytest.mark.parametrize(
    ("files", "folders", "expected"),
    [
        (
            {"argo/resource_customizations/example.com/Widget/health.lua": "return {}"},
            (),
            ["example.com/Widget at argo/resource_customizations/example.com/Widget/health.lua:1"],
        ),
        (
            {
                "resource_customizations/_.crossplane.io/_/health.lua": "return {}",
                "resource_customizations/Pod/health.lua": "return {}",
                "resource_customizations/Pod/actions/discovery.lua": "return {}",
                "resource_customizations/README.md": "rules",
            },
            (),
            [
                "*.crossplane.io/* at resource_customizations/_.crossplane.io/_/health.lua:1",
                "Pod at resource_customizations/Pod/health.lua:1",
            ],
        ),
        (
            {"rules/health/example.com/Widget/health.lua": "return {}"},
            ("rules/health/",),
            ["example.com/Widget at rules/health/example.com/Widget/health.lua:1"],
        ),
        (
            {"cm.yaml": NEW_FORM},
            (),
            ["PersistentVolumeClaim at cm.yaml:9", "cert-manager.io/Certificate at cm.yaml:6"],
        ),
        (
            {"cm.yaml": OLD_FORM},
            (),
            ["*.crossplane.io/* at cm.yaml:16", "cert-manager.io/Certificate at cm.yaml:10"],
        ),
        ({"cm.yaml": IN_A_LIST}, (), ["apps/Deployment at cm.yaml:9"]),
        ({"cm.yaml": "kind: [\n---\n" + NEW_FORM}, (), [
            "PersistentVolumeClaim at cm.yaml:11", "cert-manager.io/Certificate at cm.yaml:8",
        ]),
    ],
    ids=[
        "a folder", "wildcards and core kinds", "a folder of the settings", "the ConfigMap",
        "its older form", "in a list", "beside what is broken",
    ],
)  # fmt: skip
def test_rules_are_found_with_their_kinds_and_places(
    files: dict[str, str], folders: tuple[str, ...], expected: list[str]
) -> None:
    found = read(files, folders)
    assert places(found) == expected
    assert found.findings == ()


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (
            NEW_FORM.replace("health.PersistentVolumeClaim", "health.a_b_c"),
            "a_b_c: resource.customizations.health.<group>_<kind> or ",
            9,
        ),
        (
            OLD_FORM.replace("      ignoreDifferences: |", "      - ["),
            "resource.customizations: ",
            15,
        ),
        (NEW_FORM.replace("hs = {}", "x" * 300_000), "larger than 256 KiB", 6),
    ],
    ids=["a name of three parts", "a text that is no YAML", "a rule that is too large"],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str, line: int) -> None:
    found = read({"cm.yaml": text})
    (finding,) = found.findings
    assert said in finding.message
    assert (finding.file, finding.line) == ("cm.yaml", line)


def test_an_empty_folder_of_the_settings_is_told() -> None:
    (finding,) = read({"a.yaml": "a: 1"}, ("rules",)).findings
    assert finding.message == "health.rules: rules holds no <group>/<kind>/health.lua"


def test_two_rules_for_one_kind_are_told_and_the_later_counts() -> None:
    found = read({"eu-cm.yaml": NEW_FORM, "us-cm.yaml": NEW_FORM.replace("hs = {}", "hs = nil")})
    (finding,) = found.findings
    assert finding.message == (
        "two rules for cert-manager.io/Certificate: this one counts, that of eu-cm.yaml:6 does not"
    )
    assert (finding.file, finding.line) == ("us-cm.yaml", 6)


def test_what_cannot_be_read_hides_no_other() -> None:
    snapshot = FilesSnapshot({"resource_customizations/Pod/health.lua": "return {}"})
    scripts = ["gone.lua", "resource_customizations/Pod/health.lua"]
    found = customizations_of(snapshot, scripts, ["gone.yaml"], ["../elsewhere"])
    assert [one.kinds for one in found.rules] == ["Pod"]
    assert [(one.rule, one.file) for one in found.findings] == [
        ("no-health-rules", "../elsewhere"),
        ("unreadable-file", "gone.lua"),
        ("unreadable-file", "gone.yaml"),
    ]


@pytest.mark.parametrize(
    ("group", "kind", "which"),
    [
        ("a.crossplane.io", "Bucket", "config, exact"),
        ("b.crossplane.io", "Bucket", "config, pattern"),
        ("c.example", "Widget", "folder, exact"),
        ("d.example", "Widget", "folder, pattern"),
        ("", "Pod", "folder, core"),
        ("apps", "Deployment", ""),
    ],
)
def test_the_configmap_wins_over_folders_and_a_name_over_a_pattern(
    group: str, kind: str, which: str
) -> None:
    found = read(
        {
            "resource_customizations/_.crossplane.io/_/health.lua": "unused",
            "resource_customizations/_/Widget/health.lua": "folder, pattern",
            "resource_customizations/c.example/Widget/health.lua": "folder, exact",
            "resource_customizations/Pod/health.lua": "folder, core",
            "cm.yaml": (
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata:\n"
                "  resource.customizations.health.a.crossplane.io_Bucket: config, exact\n"
                "  resource.customizations: |\n"
                "    '*.crossplane.io/*': {health.lua: 'config, pattern'}\n"
            ),
        }
    )
    rule = found.rule_for(group, kind)
    assert (rule.source if rule else "") == which
