"""Syncs that act as a service account of their project, on a server that knows who may what."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from contract.place import eventually
from engine.conftest import HOW, Ground, application
from kube_objects import config_map, secret, stream
from trunkline.core.event import Waiting
from trunkline.core.manifest import Manifest
from trunkline.core.run import Run

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data:
  application.sync.impersonation.enabled: "true"
"""
RBAC = "rbac.authorization.k8s.io"


PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shops, namespace: argocd}
spec:
  sourceRepos: ["*"]
  destinations: [{name: "*", namespace: "*"}]
  destinationServiceAccounts: [{server: "*", namespace: "t-*", defaultServiceAccount: deployer}]
"""


async def grant(ground: Ground, *verbs: str) -> None:
    """Let the account `deployer` do this with ConfigMaps, and wait until RBAC knows."""
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": list(verbs)}
    to = {"apiGroup": RBAC, "kind": "Role", "name": "deploys"}
    whom = {"kind": "ServiceAccount", "name": "deployer", "namespace": ground.namespace}
    for kind, rest in (
        ("Role", {"rules": [rule]}),
        ("RoleBinding", {"roleRef": to, "subjects": [whom]}),
    ):
        metadata = {"name": "deploys", "namespace": ground.namespace}
        one = {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, **rest}
        await ground.client.apply(one)
    await eventually(partial(lacking, ground, verbs), lambda left: not left, "RBAC knows")


async def lacking(ground: Ground, verbs: Collection[str]) -> list[str]:
    """The verbs that the account may not do yet."""
    left = []
    for verb in verbs:
        asked = {"namespace": ground.namespace, "verb": verb, "resource": "configmaps"}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "metadata": {"name": ""},
            "spec": {"user": user(ground), "resourceAttributes": asked},
        }
        answer = await ground.client.create(review)
        left += [] if answer["status"]["allowed"] else [verb]
    return left


def user(ground: Ground) -> str:
    return f"system:serviceaccount:{ground.namespace}:deployer"


# The practice cluster has one user, who may everything.
knows_users = pytest.mark.parametrize(
    "ground", [pytest.param("real", marks=pytest.mark.real)], indirect=True
)


def commit(ground: Ground, *objects: Manifest, **policy: Any) -> None:
    said = {
        "project": "shops",
        "syncPolicy": {"automated": {"prune": True}, "retry": {"limit": 0}, **policy},
    }
    finalizer = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    web = application("web", "web", ground.cluster, ground.namespace, meta=finalizer, **said)
    ground.repo.write({"cm.yaml": CONFIG, "p.yaml": PROJECT, "apps/web.yaml": web})
    ground.repo.write({"web/all.yaml": stream(*objects)}).commit()


def ended(run: Run) -> str:
    (one,) = run.components
    return f"{one.outcome.value} {one.message}".strip()


@knows_users
async def test_a_sync_may_what_the_account_of_its_project_may(ground: Ground) -> None:
    await grant(ground, "create", "patch")
    commit(ground, config_map("settings"))
    assert ended(await ground.sync()) == "succeeded"
    commit(ground, config_map("settings", {"key": "new"}), secret("token", {"key": "s3cret"}))
    (part,) = (await ground.plan()).components
    assert {one.ref.name for one in part.changes} == {"settings", "token"}
    run = await ground.sync()
    assert f'User "{user(ground)}" cannot patch resource "secrets"' in ended(run)
    assert "grant the verb patch on secrets" in ended(run)
    live = await ground.get("ConfigMap", "settings")
    assert live and live["data"] == {"key": "value"}, "nothing is written where a part is refused"


@knows_users
async def test_what_goes_goes_as_the_account_too(ground: Ground) -> None:
    await grant(ground, "create", "patch")
    commit(ground, config_map("one"), config_map("two"))
    assert ended(await ground.sync()) == "succeeded"
    commit(ground, config_map("one"))
    assert 'deployer" cannot delete resource "configmaps"' in ended(await ground.sync())
    ground.repo.remove("apps/web.yaml").commit()
    gone = await ground.sync(replace(HOW, prune=True))
    assert 'deployer" cannot delete resource "configmaps"' in ended(gone)
    assert await ground.get("ConfigMap", "one") and await ground.get("ConfigMap", "two")
    await grant(ground, "create", "patch", "delete")
    assert ended(await ground.sync(replace(HOW, prune=True))) == "succeeded"
    assert await ground.get("ConfigMap", "one") is None


@knows_users
async def test_what_the_account_may_not_it_may_when_somebody_grants_it(ground: Ground) -> None:
    """Its rights may come from elsewhere: so a sync is tried again, as its policy says."""
    retry = {"limit": -1, "backoff": {"duration": "100ms", "factor": 1}}
    commit(ground, config_map("settings"), retry=retry)
    syncing = asyncio.create_task(ground.sync())

    async def tried() -> bool:
        return any(isinstance(one, Waiting) and "again in" in one.message for one in ground.heard)

    await eventually(tried, bool, "the sync is to be tried again")
    await grant(ground, "create", "patch")
    assert ended(await syncing) == "succeeded"
