"""Whom a sync acts as: the service account that its project names for a destination.

The ConfigMap `argocd-cm` says whether projects are asked at all, and whether one that names none
keeps its Applications from being synced. Writes and dry runs are the account's; what is read to
find out how things stand is read as the cluster's access says.
https://argo-cd.readthedocs.io/en/latest/operator-manual/app-sync-using-impersonation/
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from trunkline.core.argo.argocd_cm import IMPERSONATION, entries_of
from trunkline.core.argo.fields import Fields
from trunkline.core.argo.glob import shell_matches
from trunkline.core.argo.rules import check_pattern
from trunkline.core.snapshot import Snapshot

ENABLED = f"{IMPERSONATION}.enabled"
ENFORCED = f"{IMPERSONATION}.enforced"

# What no name of an account holds, but patterns and paths do.
_NOT_IN_NAMES = frozenset("!*[]{}\\/ ")


class ServiceAccountRule(Struct, frozen=True):
    """Who a sync acts as at a destination; the first rule that matches counts. `account` may bring
    its namespace along: `tenants:deployer`."""

    server: str
    namespace: str
    account: str

    def covers(self, server: str, namespace: str) -> bool:
        at_server = shell_matches(self.server.rstrip("/"), server.rstrip("/"))
        return at_server and shell_matches(self.namespace, namespace)

    def user(self, home: str) -> str:
        """The account as Kubernetes names users; `home` is its namespace where it brings none."""
        full = self.account if ":" in self.account else f"{home}:{self.account}"
        return f"system:serviceaccount:{full}"


class Impersonation(Struct, frozen=True):
    """`enabled`: syncs act as accounts of their projects; `enforced`: as nobody else."""

    enabled: bool = False
    enforced: bool = True


def impersonation_of(snapshot: Snapshot, configs: Iterable[str]) -> Impersonation:
    """What the files that hold an `argocd-cm` say together: where they differ, the stricter."""
    said: dict[str, set[str]] = {ENABLED: set(), ENFORCED: set()}
    for entry in entries_of(snapshot, configs):
        if entry.key in said:
            said[entry.key].add(entry.value.strip().lower())
    return Impersonation("true" in said[ENABLED], said[ENFORCED] != {"false"})


def service_account(fields: Fields) -> ServiceAccountRule:
    """An entry of `destinationServiceAccounts`; a part that is not there matches only nothing."""
    rule = ServiceAccountRule(
        fields.text("server"),
        fields.text("namespace"),
        fields.required("defaultServiceAccount"),
    )
    for key in ("server", "namespace"):
        pattern = getattr(rule, key)
        if "!" in pattern:
            fields.problem("a service account has no place that it is not for ('!')", key)
        check_pattern(fields, shell_matches, pattern, key)
    if not _NOT_IN_NAMES.isdisjoint(rule.account):
        fields.problem(f"{rule.account!r} is no service account's name", "defaultServiceAccount")
    fields.told_apart()
    return rule
