"""Kinds that are questions: what is posted is answered, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.request import Target

Json = dict[str, Any]
Answer = Callable[[Api, Target, Any], Json]

USER = {"username": "sandbox-admin", "groups": ["system:masters", "system:authenticated"]}


def _access(_api: Api, target: Target, body: Any) -> Json:
    """Whoever has the token is an administrator: everything is allowed."""
    return _filled(target, body, {"allowed": True})


def _rules(_api: Api, target: Target, body: Any) -> Json:
    everything = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    urls = [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
    status = {"resourceRules": everything, "nonResourceRules": urls, "incomplete": False}
    return _filled(target, body, status)


def _self(_api: Api, target: Target, body: Any) -> Json:
    return _filled(target, body, {"userInfo": USER})


def _token(_api: Api, target: Target, body: Any) -> Json:
    return _filled(target, body, {"authenticated": True, "user": USER})


def _filled(target: Target, body: Any, status: Json) -> Json:
    sent = body if isinstance(body, dict) else {}
    resource = target.resource
    return {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": sent.get("metadata") or {},
        "spec": sent.get("spec") or {},
        "status": status,
    }


VIRTUAL: Mapping[str, Answer] = {
    "LocalSubjectAccessReview": _access,
    "SelfSubjectAccessReview": _access,
    "SelfSubjectReview": _self,
    "SelfSubjectRulesReview": _rules,
    "SubjectAccessReview": _access,
    "TokenReview": _token,
}
