"""Secrets planted everywhere are in no output, in no spelling; that they changed is told."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from trunkline.core.change import ComponentPlan, Plan
from trunkline.core.diff import MASK, changes
from trunkline.core.manifest import Manifest
from trunkline.core.report.comment import LONGEST
from trunkline.core.report.html import plan_html
from trunkline.core.report.markdown import plan_markdown
from trunkline.core.report.plan_json import plan_json
from trunkline.core.report.plan_text import plan_text

OLD, NEW = "correct-horse-battery", "staple-under-the-moon"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def spellings(text: str) -> set[str]:
    """The ways in which a secret could leak; base64 at each of its three alignments."""
    shifted = {b64(" " * shift + text)[4:-4] for shift in range(3)}
    return {text, text[::-1], text.encode().hex(), quote(text, safe=""), b64(text), *shifted}


def meta(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "namespace": "shop", **more}


def objects(value: str, size: int = 0) -> list[Manifest]:
    """One secret value in every place that it could be put."""
    docker = json.dumps({"auths": {"r.test": {"auth": b64(f"user:{value}")}}})
    applied = json.dumps({"kind": "Secret", "data": {"password": b64(value)}})
    env = [{"name": "DATABASE_PASSWORD", "value": value}]
    pod = {"containers": [{"name": "web", "image": "x", "env": env}]}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": meta(
                "data",
                annotations={"kubectl.kubernetes.io/last-applied-configuration": applied},
            ),
            "data": {"password": b64(value), ".dockerconfigjson": b64(docker)},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": meta("plain"),
            "stringData": {"url": f"postgres://user:{value}@db/x"},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta("web"),
            "spec": {"template": {"spec": pod}},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": meta("settings"),
            "data": {"copied.conf": f"password = {value}\n", "size": str(size)},
        },
    ]


def planned() -> Plan:
    found = changes(objects(OLD), objects(NEW))
    return Plan("a" * 40, "b" * 40, (ComponentPlan("web", "eu", found),), (), 1)


@pytest.mark.parametrize("output", ["json", "text", "full text", "markdown", "html", "repr"])
def test_no_secret_in_any_output(output: str) -> None:
    plan = planned()
    printed = {
        "json": json.dumps(plan_json(plan)),
        "text": plan_text(plan),
        "full text": plan_text(plan, full=True, colour=True),
        "markdown": plan_markdown(plan),
        "html": plan_html(plan),
        "repr": repr(plan),
    }[output]
    leaks = {word for secret in (OLD, NEW) for word in spellings(secret) if word in printed}
    assert leaks == set()


def test_a_changed_secret_is_told_from_an_equal_one() -> None:
    same = changes(objects(OLD), objects(OLD))
    assert same == ()
    told = {str(one.ref): one for one in planned().components[0].changes}
    assert MASK in told["Secret shop/data"].diff and "changed" in told["Secret shop/data"].diff


SLIPS = {
    "another case": {"stringdata": {"p": "WORD"}},
    "a capital": {"Data": {"p": "WORD"}},
    "beside the map": {"password": "WORD"},
    "a text for a map": {"data": "WORD"},
    "a list": {"StringData": [{"p": "WORD"}]},
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_the_keys_shows_no_secret(slip: str) -> None:
    """The API server would say that it knows no such field; the pull request is public by then."""

    def secret(word: str) -> Manifest:
        fields = json.loads(json.dumps(SLIPS[slip]).replace("WORD", word))
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta("x"), **fields}

    (change,) = changes([secret(OLD)], [secret(NEW)])
    assert MASK in change.diff
    assert OLD not in repr(change) and NEW not in repr(change)


def test_an_argument_that_is_a_credential_is_none_to_show() -> None:
    def pod(word: str) -> Manifest:
        args = [f"--password={word}", "--token-file=/a", f"-Ddb.password={word}", "--secret=$(S)"]
        spec = {"containers": [{"name": "web", "image": word[:2], "args": args}]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta("x"), "spec": spec}

    (change,) = changes([pod(OLD)], [pod(NEW)])
    assert OLD not in repr(change) and NEW not in repr(change)
    assert f"- --password={MASK}" in change.diff and f"-Ddb.password={MASK}" in change.diff
    assert "--token-file=/a" in change.diff and "--secret=$(S)" in change.diff


def external(token: str) -> Manifest:
    """What names a key of a Secret and where it comes from, beside a field that is a key itself."""
    data = [{"secretKey": "HF_TOKEN_2", "remoteRef": {"key": "hugging", "property": "token"}}]
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": meta("x"),
        "spec": {"data": data, "auth": {"secretKey": token}},
    }


def test_the_name_of_a_key_is_no_secret() -> None:
    (change,) = changes([], [external("a-long-key-of-s3")])
    after = json.dumps(change.after)
    assert '"secretKey": "HF_TOKEN_2"' in after
    assert "a-long-key-of-s3" not in after


def test_a_huge_secret_is_masked_in_time() -> None:
    """A keystore of 700 KB, and as many letters without a break."""
    huge = b64("k" * 500_000)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta("x"), "data": {"k": b64(huge)}}
    (change,) = changes([secret], [{**secret, "data": {"k": "eA=="}}])
    assert "kkkk" not in change.diff and "a2tr" not in change.diff


def test_a_comment_never_grows_past_what_a_forge_takes() -> None:
    parts = tuple(
        ComponentPlan(f"app-{at}", "eu", changes(objects(OLD), objects(f"{NEW}-{at}", at)))
        for at in range(100)
    )
    comment = plan_markdown(Plan("a" * 40, "b" * 40, parts, (), 100))
    assert len(comment) <= LONGEST
    assert comment.startswith("### Trunkline: 400 to update")
    assert "more components are left out" in comment


def test_nothing_in_a_comment_escapes_from_it() -> None:
    evil = "```\n</details><script>alert(1)</script> @everyone | x"
    before = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("x"), "data": {"k": "a"}}
    after = {**before, "data": {"k": evil}}
    parts = (ComponentPlan("a|b`c", "eu</b>", changes([before], [after])),)
    comment = plan_markdown(Plan("a" * 40, "b" * 40, parts, (), 1))
    assert "````diff" in comment
    assert comment.count("</details>") == 1 + evil.count("</details>")
    assert "`a¦b'c`" in comment


def test_control_characters_do_not_reach_the_terminal() -> None:
    before = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("x"), "data": {"k": "a"}}
    after = {**before, "data": {"k": "\x1b[2Jgone"}}
    parts = (ComponentPlan("web", "eu", changes([before], [after])),)
    assert "\x1b" not in plan_text(Plan("a", "b", parts, (), 1))
