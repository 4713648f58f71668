"""What an API server says when it refuses, and what a person reads of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from trunkline.edge.cluster.errors import ApiError, Conflict, Forbidden, Invalid, Unauthorized
from trunkline.edge.cluster.redaction import redacted
from trunkline.edge.cluster.refusal import LONGEST, REMEDY, refusal


def told(code: int, message: str, reason: str = "", **details: Any) -> ApiError:
    """The error for a `Status` with this message and these details."""
    body = {"kind": "Status", "message": message, "reason": reason, "details": details}
    return refusal(code, orjson.dumps(body), "eu")


def invalid(kind: str, *causes: tuple[str, str], group: str = "") -> str:
    """What is said of an object `x` with these causes (field and message)."""
    listed = [{"field": field, "message": message} for field, message in causes]
    message = f'{kind} "x" is invalid: ' + ", ".join(f"{a}: {b}" for a, b in causes)
    return str(told(422, message, "Invalid", kind=kind, group=group, name="x", causes=listed))


TEMPLATE = '{"template":{"spec":{"containers":[{"image":"registry.example/a:1","name":"a"}]}}}'


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            invalid("Job", ("spec.template", f"Invalid value: {TEMPLATE}: field is immutable")),
            f'Job "x" is invalid: spec.template: field is immutable{REMEDY}',
            id="a long value is left out",
        ),
        pytest.param(
            invalid(
                "Deployment",
                ("spec.replicas", "Invalid value: -1: must be greater than or equal to 0"),
                group="apps",
            ),
            'Deployment.apps "x" is invalid: spec.replicas: Invalid value: -1: '
            "must be greater than or equal to 0",
            id="a short value helps",
        ),
        pytest.param(
            invalid("ConfigMap", *[("metadata.labels", 'Invalid value: "a b": a valid label')] * 4),
            'ConfigMap "x" is invalid: metadata.labels: Invalid value: "a b": a valid label',
            id="what is said four times is told once",
        ),
        pytest.param(
            invalid("Service", ("spec.clusterIPs[0]", 'Invalid value: ["a"]: may not change')),
            f'Service "x" is invalid: spec.clusterIPs[0]: Invalid value: ["a"]: may not change'
            f"{REMEDY}",
            id="an address that stays",
        ),
        pytest.param(
            invalid(
                "StatefulSet",
                ("spec", "Forbidden: updates to statefulset spec for other fields are forbidden"),
            ),
            'StatefulSet "x" is invalid: spec: Forbidden: updates to statefulset spec for other '
            f"fields are forbidden{REMEDY}",
            id="updates are forbidden",
        ),
        pytest.param(
            invalid(
                "PersistentVolumeClaim",
                ("spec", 'Forbidden: spec is immutable after creation\n- "a"\n+ "b"'),
            ),
            'PersistentVolumeClaim "x" is invalid: spec: Forbidden: spec is immutable after '
            f"creation{REMEDY}, without the data that it holds",
            id="a claim: no difference of objects, but a warning",
        ),
        pytest.param(
            invalid("Secret", ("data[a]", 'Invalid value: "hunter2": must be a port')),
            'Secret "x" is invalid: data[a]: must be a port',
            id="a Secret's value",
        ),
        pytest.param(
            invalid("Secret", ("data[a]", 'Unsupported value: "hunter2"')),
            'Secret "x" is invalid: data[a]: Unsupported value',
            id="a Secret's value without a reason",
        ),
        pytest.param(
            invalid("Pod", *((f"spec.{number}", "Required value") for number in range(9))),
            'Pod "x" is invalid: '
            + "".join(f"spec.{number}: Required value; " for number in range(6))
            + "and 3 more",
            id="many causes",
        ),
    ],
)
def test_an_invalid_object(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    ("code", "message", "kind", "expected"),
    [
        pytest.param(
            401,
            "Unauthorized",
            Unauthorized,
            "eu does not accept our credentials (401): renew the token or the client certificate "
            "that its access names",
            id="401",
        ),
        pytest.param(
            403,
            'deployments.apps "web" is forbidden: User "ci" cannot patch resource "deployments" '
            'in API group "apps" in the namespace "shop"',
            Forbidden,
            'eu: deployments.apps "web" is forbidden: User "ci" cannot patch resource '
            '"deployments" in API group "apps" in the namespace "shop" (403): grant the verb patch '
            "on deployments.apps by a Role in shop or a ClusterRole",
            id="403 in a namespace",
        ),
        pytest.param(
            403,
            'configmaps "any" is forbidden: User "ci" cannot impersonate-on:serviceaccount:patch '
            'resource "configmaps" in API group "" in the namespace "shop"',
            Forbidden,
            'eu: configmaps "any" is forbidden: User "ci" cannot '
            'impersonate-on:serviceaccount:patch resource "configmaps" in API group "" in the '
            'namespace "shop" (403): grant the verb impersonate on serviceaccounts by a Role in '
            "the account's namespace or a ClusterRole",
            id="403 of constrained impersonation",
        ),
        pytest.param(
            403,
            'nodes is forbidden: User "ci" cannot list resource "nodes" in API group "" at the '
            "cluster scope",
            Forbidden,
            'eu: nodes is forbidden: User "ci" cannot list resource "nodes" in API group "" at the '
            "cluster scope (403): grant the verb list on nodes by a ClusterRole",
            id="403 in the cluster",
        ),
        pytest.param(
            403,
            'pods "x" is forbidden: violates PodSecurity "restricted:latest"',
            Forbidden,
            'eu: pods "x" is forbidden: violates PodSecurity "restricted:latest" (403)',
            id="403 of an admission plug-in, which no role changes",
        ),
        pytest.param(
            409,
            'Operation cannot be fulfilled on pods "x": the object has been modified',
            Conflict,
            'Operation cannot be fulfilled on pods "x": the object has been modified',
            id="409",
        ),
        pytest.param(
            500,
            "failed to convert new object (shop/x; /v1, Kind=Secret) to proper version: illegal "
            "base64 data at input byte 7",
            ApiError,
            "Secret shop/x does not fit its kind's schema: illegal base64 data at input byte 7",
            id="500 for an object that cannot be read",
        ),
        pytest.param(
            500, "etcdserver: timeout", ApiError, "eu answered 500: etcdserver: timeout", id="500"
        ),
        pytest.param(
            422, "y" * 9000, Invalid, "y" * LONGEST + " …", id="a message as long as a book"
        ),
    ],
)
def test_a_refusal(code: int, message: str, kind: type[ApiError], expected: str) -> None:
    error = told(code, message)
    assert (type(error), str(error)) == (kind, expected)
    assert (error.status, error.cluster) == (code, "eu")


@pytest.mark.parametrize(
    ("code", "body", "expected"),
    [
        pytest.param(502, b"<html>Bad Gateway", "eu answered 502: no reason given", id="html"),
        pytest.param(503, b"upstream is \n away", "eu answered 503: upstream is away", id="text"),
        pytest.param(404, b"[1", "eu answered 404: [1", id="half a JSON"),
        pytest.param(418, b"\xff\xfe", "eu answered 418: \ufffd\ufffd", id="bytes"),
        pytest.param(400, b"", "eu answered 400: no reason given", id="nothing"),
    ],
)
def test_an_answer_that_is_no_status(code: int, body: bytes, expected: str) -> None:
    assert str(refusal(code, body, "eu")) == expected


SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "x"},
    "data": {"password": "aHVudGVyMg==", "binary": "//79/A=="},
    "stringData": {"url": "https://me:hunter2@db", "port": 12},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("got hunter2", "got (masked)", id="decoded"),
        pytest.param('got "aHVudGVyMg=="', 'got "(masked)"', id="as it stands"),
        pytest.param("at https://me:hunter2@db", "at (masked)", id="the longest first"),
        pytest.param("got &value{Value:12}", "got &value(masked)", id="a short one, quoted"),
        pytest.param("12 fields are wrong", "12 fields are wrong", id="innocent words"),
    ],
)
def test_a_secret_is_not_quoted(text: str, expected: str) -> None:
    assert redacted(text, SECRET) == expected


def test_a_json_patch_of_a_secret_is_not_quoted_either() -> None:
    patch = [{"op": "add", "path": "/data", "value": {"a": "aHVudGVyMg=="}}, {"op": "test"}]
    assert redacted("got aHVudGVyMg== and hunter2 at /data", patch) == (
        "got (masked) and (masked) at /data"
    )


ODD = [{}, [], None, {"data": None}, {"data": ["a"]}, {"stringData": "hunter2"}, ["a"], [None]]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_an_odd_secret_breaks_nothing(odd: Any) -> None:
    assert redacted("refused", odd) == "refused"
