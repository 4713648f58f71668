"""What a reviewer does not have to read: other spellings, noise, the schemas of CRDs."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from trunkline.core.change import Action, Change
from trunkline.core.diff import changes, compared_changes
from trunkline.core.manifest import Manifest


def objects(text: str) -> list[Manifest]:
    return [one for one in yaml.safe_load_all(text) if one]


def compared(before: str, after: str) -> Change:
    (change,) = compared_changes(objects(before), objects(after))
    return change


POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: web, image: web}
"""


def deployment(**container: Any) -> str:
    one = yaml.safe_load(POD)
    one["spec"]["template"]["spec"]["containers"][0] |= container
    return yaml.safe_dump(one)


def custom(**spec: Any) -> str:
    meta = {"name": "web", "namespace": "shop"}
    return yaml.safe_dump(
        {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta, "spec": spec}
    )


SPELLINGS = {
    "a quantity": (
        deployment(resources={"limits": {"cpu": "1000m", "memory": "1Gi"}}),
        deployment(resources={"limits": {"cpu": 1, "memory": "1024Mi"}}),
        2,
    ),
    "a duration": (custom(duration="2160h"), custom(duration="2160h0m0s"), 1),
    "a duration of Prometheus": (custom(interval="60s"), custom(interval="1m"), 1),
    "an empty map": (deployment(), deployment(resources={}, securityContext={}), 2),
    "a null": (custom(a=None, b=1), custom(b=1), 1),
    "a default": (
        deployment(ports=[{"containerPort": 80}]),
        deployment(ports=[{"containerPort": 80, "protocol": "TCP"}]),
        1,
    ),
    "a default of a probe": (
        deployment(readinessProbe={"httpGet": {"port": 80, "scheme": "HTTP"}, "periodSeconds": 10}),
        deployment(readinessProbe={"httpGet": {"port": 80}}),
        2,
    ),
    "the order of rules' verbs": (
        "{apiVersion: v1, kind: Role, metadata: {name: a}, rules: [{verbs: [get, list]}]}",
        "{apiVersion: v1, kind: Role, metadata: {name: a}, rules: [{verbs: [list, get]}]}",
        1,
    ),
    "a Secret's stringData": (
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {k: value}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: dmFsdWU=}}",
        1,
    ),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_is_counted_and_is_no_change(name: str) -> None:
    before, after, count = SPELLINGS[name]
    change = compared(before, after)
    assert (change.action, change.spelled, change.diff) == (Action.NOOP, count, "")


DIFFERENT = {
    "a port that is a name": (
        deployment(ports=[{"name": "http", "containerPort": 80}]),
        deployment(ports=[{"name": "http", "containerPort": "80"}]),
    ),
    "a duration in a ConfigMap": (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {interval: 60s}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {interval: 1m}}",
    ),
    "another duration": (custom(duration="1h"), custom(duration="61m")),
    "true and 1": (custom(a=True), custom(a=1)),
    "numbers beyond 64 bits": (custom(a=2**70), custom(a=2**70 + 1)),
    "arguments in another order": (deployment(args=["a", "b"]), deployment(args=["b", "a"])),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_an_api_server_tells_apart_is_a_change(name: str) -> None:
    change = compared(*DIFFERENT[name])
    assert (change.action, change.spelled) == (Action.UPDATE, 0)
    assert change.diff


def chart(version: str, checksum: str, replicas: int = 1) -> str:
    labels = {"app": "web", "helm.sh/chart": f"web-{version}"}
    one = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "labels": labels}}
    account = one | {"kind": "ServiceAccount"}
    workload = yaml.safe_load(POD)
    workload["metadata"]["labels"] = labels
    workload["spec"]["replicas"] = replicas
    workload["spec"]["template"]["metadata"] = {
        "labels": labels,
        "annotations": {"checksum/config": checksum},
    }
    return yaml.safe_dump_all([one, account, workload])


def test_a_charts_version_on_many_objects_is_told_once() -> None:
    found = changes(objects(chart("1.0", "a")), objects(chart("1.1", "a", replicas=3)))
    service, account, workload = sorted(found, key=lambda one: one.ref.kind != "Service")
    assert service.only_noise and account.action is Action.UPDATE
    (label,) = service.folded
    assert (label.path, label.before, label.after) == (
        'metadata.labels["helm.sh/chart"]',
        "web-1.0",
        "web-1.1",
    )
    deployment = next(one for one in found if one.ref.kind == "Deployment")
    assert "replicas: 3" in deployment.diff and "helm.sh/chart: web-1.0" not in deployment.diff
    assert {one.path for one in deployment.fields} >= {one.path for one in deployment.folded}
    assert workload


def test_a_checksum_says_that_pods_are_restarted() -> None:
    (change,) = changes(objects(chart("1.0", "aaaa")), objects(chart("1.0", "bbbb")))
    assert change.diff == ""
    assert change.reason == "checksum/config differs: pods are restarted"


def test_one_label_on_one_object_is_shown() -> None:
    before = "{apiVersion: v1, kind: Service, metadata: {name: a, labels: {chart: a-1}}}"
    change = compared(before, before.replace("a-1", "a-2"))
    assert change.folded == ()
    assert "-    chart: a-1\n+    chart: a-2\n" in change.diff


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: dbs.example.test}
spec:
  group: example.test
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          description: %(words)s
          properties:
            spec:
              type: object
              properties:
                size: {type: integer, maximum: %(most)s, description: %(words)s}
                %(field)s
"""


def crd(words: str = "old words", most: int = 5, field: str = "old: {type: string}") -> str:
    return CRD % {"words": words, "most": most, "field": field}


def test_a_schema_is_told_by_its_fields() -> None:
    backup = "backup: {type: object, properties: {keep: {type: integer}, to: {type: string}}}"
    change = compared(crd(), crd("new words", 7, backup))
    assert change.diff == (
        "@@ spec.versions[name=v1].schema.openAPIV3Schema @@\n"
        "   - name: v1\n"
        "     schema:\n"
        "       openAPIV3Schema:\n"
        "-        spec.old: string\n"
        "+        spec.backup: object with 2 fields\n"
        "-        spec.size: maximum 5\n"
        "+        spec.size: maximum 7\n"
    )
    assert change.reason == "2 descriptions in its schema changed"


def test_rules_of_a_field_are_told_by_what_comes_and_goes() -> None:
    before = "old: {type: string, enum: [a, b, c], required: [x, y]}"
    rule = "x-kubernetes-validations: [{rule: self.a, message: a is needed}, {rule: self.b}]"
    after = f"old: {{type: string, enum: [a, c, d], required: [x], {rule}}}"
    assert compared(crd(field=before), crd(field=after)).diff.splitlines()[4:] == [
        "-        spec.old: may be b",
        "+        spec.old: may be d",
        "-        spec.old: needs y",
        "+        spec.old: rule: a is needed, self.b",
    ]


def test_descriptions_alone_are_counted() -> None:
    change = compared(crd(), crd("new words"))
    assert (change.action, change.diff) == (Action.UPDATE, "")
    assert change.reason == "2 descriptions in its schema changed"


def test_a_field_that_is_called_description_is_a_field() -> None:
    change = compared(crd(), crd(field="description: {type: string}"))
    assert "+        spec.description: string" in change.diff


def test_a_new_version_is_told_without_its_schema() -> None:
    (version,) = yaml.safe_load(crd())["spec"]["versions"]
    after = yaml.safe_load(crd())
    after["spec"]["versions"].append({**version, "name": "v2"})
    change = compared(crd(), yaml.safe_dump(after))
    assert "+  - name: v2\n" in change.diff
    assert "openAPIV3Schema: (3 fields)" in change.diff
    assert "maximum" not in change.diff


def test_a_whole_crd_is_told_without_its_schema() -> None:
    (change,) = changes([], objects(crd()))
    assert "openAPIV3Schema: (3 fields)" in change.diff
