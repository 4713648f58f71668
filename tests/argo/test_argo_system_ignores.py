"""What `argocd-cm` ignores for every Application: its two forms, and what is wrong with them."""

from __future__ import annotations

from textwrap import indent

import pytest

from trunkline.core.argo.argocd_cm import may_configure
from trunkline.core.argo.system_ignores import SystemIgnores, system_ignores_of
from trunkline.core.component import IgnoreRule
from trunkline.core.manifest import Ref
from trunkline.core.snapshot import FilesSnapshot

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
"""


def read(*entries: str) -> SystemIgnores:
    text = CONFIG + "".join(indent(one, "  ") for one in entries)
    assert may_configure(text.encode())
    return system_ignores_of(FilesSnapshot({"cm.yaml": text}), ["cm.yaml"])


def test_one_kind_and_every_kind() -> None:
    found = read(
        """\
resource.customizations.ignoreDifferences.cert-manager.io_Certificate: |
  jqPathExpressions:
  - '.spec.usages[]?'
""",
        """\
resource.customizations.ignoreDifferences.all: |
  managedFieldsManagers: [kube-controller-manager]
  jsonPointers: [/spec/replicas]
""",
    )
    assert found.rules == (
        IgnoreRule("cert-manager.io", "Certificate", jq_expressions=(".spec.usages[]?",)),
        IgnoreRule("*", "*", "", "", ("/spec/replicas",), (), ("kube-controller-manager",)),
    )
    assert found.findings == ()


@pytest.mark.parametrize("key", ["_Service", "Service"])
def test_a_kind_of_the_core_group(key: str) -> None:
    found = read(
        f"resource.customizations.ignoreDifferences.{key}: |\n  jsonPointers: [/spec/type]\n"
    )
    (rule,) = found.rules
    assert rule.applies_to(Ref("", "Service", "shop", "web"))
    assert not rule.applies_to(Ref("serving.knative.dev", "Service", "shop", "web"))


def test_the_older_form() -> None:
    found = read(
        """\
resource.customizations: |
  apps/Deployment:
    ignoreDifferences: |
      jsonPointers:
      - /spec/replicas
  "*.crossplane.io/*":
    ignoreDifferences: |
      jqPathExpressions: [.spec.forProvider]
    health.lua: |
      return {status = "Healthy"}
"""
    )
    assert [(one.group, one.kind) for one in found.rules] == [
        ("apps", "Deployment"),
        ("*.crossplane.io", "*"),
    ]
    bucket = Ref("s3.aws.crossplane.io", "Bucket", "", "logs")
    assert [one.applies_to(bucket) for one in found.rules] == [False, True]


WRONG = {
    "- a list": "a map is expected, with jsonPointers, jqPathExpressions, managedFieldsManagers",
    "jsonPointers: /spec": "jsonPointers: a list of texts is expected",
    "jsonPointers: [1]": "jsonPointers: a list of texts is expected",
    "jsonPointer: [/spec]": (
        "jsonPointer: not known, only jsonPointers, jqPathExpressions, managedFieldsManagers"
    ),
    "a: [": "while parsing a flow node did not find expected node content",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_what_is_wrong_is_told_with_its_place_and_hides_no_other(text: str, said: str) -> None:
    key = "resource.customizations.ignoreDifferences.apps_Deployment"
    every = "resource.customizations.ignoreDifferences.all: |\n  jsonPointers: [/spec]\n"
    found = read(f"{key}: |\n  {text}\n", every)
    (finding,) = found.findings
    assert (finding.place, finding.message) == ("cm.yaml:5", f"{key}: {said}")
    assert len(found.rules) == 1
