"""What a template makes anew: which live values are kept, and which give way."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from trunkline.core.manifest import Ref
from trunkline.core.unstable import differing, leaves_of, told, with_kept
from trunkline.core.unstable.likeness import could_be
from trunkline.core.yaml import documents

ONE_PEM = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n"
OTHER_PEM = "-----BEGIN CERTIFICATE-----\nMIIC\nBBBB\nCC==\n-----END CERTIFICATE-----\n"
THIRD_PEM = "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "other", "live", "may_be"),
    [
        pytest.param("x7Fa", "Qp2z", "LLLL", True, id="a password"),
        pytest.param("pg://a:x1@db", "pg://a:y2@db", "pg://a:z3@db", True, id="inside of a text"),
        pytest.param("pg://a:x1@db", "pg://a:y2@db", "pg://a:z3@new", False, id="text beside it"),
        pytest.param("a: 1\nkey: x\n", "a: 1\nkey: y\n", "a: 1\nkey: z\n", True, id="a line"),
        pytest.param("a: 2\nkey: x\n", "a: 2\nkey: y\n", "a: 1\nkey: z\n", False, id="other line"),
        pytest.param(b64("u: x"), b64("u: y"), b64("u: z"), True, id="base64"),
        pytest.param(b64("u: x"), b64("u: y"), b64("v: z"), False, id="base64, text beside it"),
        pytest.param(ONE_PEM, OTHER_PEM, THIRD_PEM, True, id="certificates of any length"),
        pytest.param(b64(ONE_PEM), b64(OTHER_PEM), b64("none"), False, id="no certificate"),
        pytest.param("$2a$10$x.1/A", "$2a$10$yy1A", "$2a$10$z..", True, id="bcrypt"),
        pytest.param("$2a$12$x.1/A", "$2a$12$yy1A", "$2a$10$z..", False, id="bcrypt, other cost"),
        pytest.param(4711, 815, 12, True, id="a number"),
        pytest.param(4711, 815, "12", False, id="another type"),
        pytest.param("a,b,c", "c,a,b", "b,c,a", True, id="words in any order"),
        pytest.param("a,b,d", "d,a,b", "b,c,a", False, id="another word"),
        pytest.param(["a", "b"], ["b", "a"], ["b", "a"], True, id="a list in any order"),
        pytest.param(["a", "d"], ["d", "a"], ["b", "a"], False, id="another item"),
        pytest.param(["a"], ["a", "b"], ["a"], False, id="a list of another length"),
        pytest.param({"a": 1}, {"b": 1}, {"c": 1}, False, id="a map with other keys"),
    ],
)
def test_what_the_template_could_have_given(
    value: Any, other: Any, live: Any, may_be: bool
) -> None:
    assert could_be(live, value, other) is may_be


SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {user: app, password: %s}\n"
)
LIVE_SECRET = f"""
apiVersion: v1
kind: Secret
metadata: {{name: db, uid: a-b}}
data: {{user: {b64("app")}, password: {b64("old")}}}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {annotations: {checksum/secret: %s}}}}
"""
ONE_HASH, OTHER_HASH, LIVE_HASH = "1a" * 32, "2b" * 32, "3c" * 32

WEBHOOK = """
apiVersion: v1
kind: Secret
metadata: {name: tls}
data: {ca.crt: %s, tls.key: %s}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks: [{name: a.example.com, clientConfig: {caBundle: %s}}]
"""


def webhook(number: int) -> str:
    return WEBHOOK % (b64(f"ca{number}"), b64(f"key{number}"), b64(f"ca{number}"))


def kept(first: str, second: str, live: str) -> list[dict[str, Any]]:
    """What is applied where the first is rendered, and another render gives the second."""
    one, other, there = ([doc.value for doc in documents(text)] for text in (first, second, live))
    places = differing(one, other)
    assert places is not None
    leaves = list(leaves_of(one, places, one))
    return list(with_kept(one, leaves, {Ref.of(doc): doc for doc in there}.get))


def test_a_password_stays() -> None:
    (secret,) = kept(SECRET % "new", SECRET % "newer", LIVE_SECRET)
    assert secret["stringData"] == {"user": "app", "password": "old"}


def test_what_is_not_there_is_made() -> None:
    (secret,) = kept(SECRET % "new", SECRET % "newer", "")
    assert secret["stringData"]["password"] == "new"


def test_what_is_rendered_to_the_same_is_applied() -> None:
    (secret,) = kept(SECRET % "given", SECRET % "given", LIVE_SECRET)
    assert secret["stringData"]["password"] == "given"


def test_a_checksum_follows_what_it_is_made_of() -> None:
    first = f"{SECRET % 'new'}---{DEPLOYMENT % ONE_HASH}"
    second = f"{SECRET % 'newer'}---{DEPLOYMENT % OTHER_HASH}"
    live = f"{LIVE_SECRET}---{DEPLOYMENT % LIVE_HASH}"

    def checksum(first: str) -> str:
        annotations = kept(first, second.replace("app", user), live)[1]["spec"]["template"][
            "metadata"
        ]
        return str(annotations["annotations"]["checksum/secret"])

    user = "app"
    assert checksum(first) == LIVE_HASH
    user = "root"
    assert checksum(first.replace("app", user)) == ONE_HASH


def test_a_certificate_and_its_authority_stay_together() -> None:
    live = webhook(3)
    assert kept(webhook(1), webhook(2), live) == [one.value for one in documents(live)]
    without_secret = live.partition("---")[2]
    made = kept(webhook(1), webhook(2), without_secret)
    assert made == [one.value for one in documents(webhook(1))]


def test_a_list_of_objects_is_looked_into() -> None:
    items = "apiVersion: v1\nkind: List\nitems:\n- %s"
    rendered = [[one.value for one in documents(items % text)] for text in (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {t: x}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {t: y}}",
    )]  # fmt: skip
    settled = {**rendered[0][0]["items"][0], "metadata": {"name": "a", "namespace": "shop"}}
    places = differing(*rendered)
    assert places is not None
    (leaf,) = leaves_of(rendered[0], places, [settled])
    assert (leaf.ref, leaf.path) == (Ref("", "ConfigMap", "shop", "a"), ("data", "t"))


def test_a_part_that_is_there_or_not_is_rendered_anew() -> None:
    one = [{"kind": "Secret", "metadata": {"name": "a"}, "data": {"k": "v"}}]
    other = [{"kind": "Secret", "metadata": {"name": "a"}}]
    assert differing(one, other) == [(0, ("data",), None)]
    leaves = list(leaves_of(one, differing(one, other) or (), one))
    live = {**one[0], "data": {"k": "old"}}
    assert with_kept(one, leaves, {Ref.of(live): live}.get) == tuple(one)


def test_renders_that_have_other_objects_cannot_be_compared() -> None:
    one = [{"apiVersion": "v1", "kind": "Secret"}]
    assert differing(one, [*one, *one]) is None


def test_what_is_told_holds_no_value() -> None:
    one = [doc.value for doc in documents(SECRET % "hunter2")]
    other = [doc.value for doc in documents(SECRET % "hunter3")]
    said = told(leaves_of(one, differing(one, other) or (), one))
    assert said == "Secret db: stringData.password"
