"""Whom a sync acts as, where the argocd-cm has projects asked."""

from __future__ import annotations

import pytest

from discover.conftest import Discover
from discover.declare import app, messages
from trunkline.engine.permission import rules_for

CM = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  unrelated: text
"""
ON = "  application.sync.impersonation.enabled: 'true'\n"
PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: narrow, namespace: argocd}
spec:
  sourceRepos: ["*"]
  destinations: [{name: "*", namespace: "*"}]
"""
NARROW = app("a").replace("project: default", "project: narrow")
ACTING = """\
  destinationServiceAccounts:
  - {server: "https://eu.test", namespace: "shop-*", defaultServiceAccount: shops}
  - {server: "https://*", namespace: "{shop,till}", defaultServiceAccount: "tenants:deployer"}
  - {server: "https://us.test/", namespace: "*", defaultServiceAccount: "late"}
"""
SETTINGS = """\
clusters:
- {name: eu, server: "https://eu.test"}
- {name: us, server: "https://us.test"}
- {name: unknown}
"""


@pytest.mark.parametrize(
    ("cluster", "namespace", "user"),
    [
        ("eu", "shop", "tenants:deployer"),
        ("eu", "shop-a", "shop-a:shops"),
        ("us", "till", "tenants:deployer"),
        ("us", "other", "other:late"),
        ("us", '""', "argocd:late"),
        ("eu", "other", ""),
        ("unknown", "shop", ""),
    ],
)
async def test_a_sync_acts_as_the_first_account_that_fits(
    discover: Discover, cluster: str, namespace: str, user: str
) -> None:
    place = {"name: eu": f"name: {cluster}", "namespace: shop": f"namespace: {namespace}"}
    one = NARROW
    for before, after in place.items():
        one = one.replace(before, after)
    files = {"p.yaml": PROJECT + ACTING, "a.yaml": one, "trunkline.yaml": SETTINGS}
    found = await discover({**files, "cm.yaml": CM + ON})
    (component,) = found.components
    rules = rules_for(component, found.projects, found.fleet)
    assert rules.acts_as == (f"system:serviceaccount:{user}" if user else "")
    assert messages(found) == [rules.refusal] * (not user)
    if not user:
        assert rules.refusal.startswith(
            "a: project narrow names in destinationServiceAccounts no account to sync with "
            f"(application.sync.impersonation.enabled asks for one) for namespace {namespace} of "
            f"cluster {cluster}"
        )
        assert ("address" in rules.refusal) is (cluster == "unknown")
    for off in ("", ON + "  application.sync.impersonation.enforced: 'false'\n"):
        loose = await discover({**files, "cm.yaml": CM + off})
        assert messages(loose) == []
        acts = rules_for(component, loose.projects, loose.fleet).acts_as
        assert acts == (rules.acts_as if off else "")


async def test_the_project_that_nobody_declares_names_no_account(discover: Discover) -> None:
    found = await discover({"cm.yaml": CM + ON, "a.yaml": app("a")})
    (told,) = messages(found)
    assert told.startswith("a: project default names in destinationServiceAccounts no account")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("shop-*", "!shop", "service account has no place that it is not for"),
        ("shop-*", "[shop", "shop"),
        ("tenants:deployer", "tenants:dep*", "'tenants:dep*' is no service account's name"),
        ("defaultServiceAccount: shops", "", "defaultServiceAccount is missing"),
    ],
)
async def test_an_account_that_cannot_be_meant_is_told(
    discover: Discover, before: str, after: str, says: str
) -> None:
    found = await discover({"p.yaml": PROJECT + ACTING.replace(before, after)})
    (told,) = messages(found)
    assert says in told


@pytest.mark.parametrize("to", ["name: eu", "server: https://kubernetes.default.svc"])
async def test_an_account_at_the_meta_cluster_counts_wherever_that_is(
    discover: Discover, to: str
) -> None:
    """Files name it as Argo CD does; its address here is one of a kubeconfig."""
    acting = ACTING.replace("https://eu.test", "https://kubernetes.default.svc")
    files = {
        "cm.yaml": CM + ON,
        "p.yaml": PROJECT + acting.replace("shop-*", "shop"),
        "a.yaml": NARROW.replace("name: eu", to),
        "trunkline.yaml": SETTINGS + "metaCluster: eu\n",
    }
    found = await discover(files)
    (component,) = found.components
    rules = rules_for(component, found.projects, found.fleet)
    assert rules.acts_as == "system:serviceaccount:shop:shops"
