"""Secrets and who may have them: external-secrets, sealed-secrets, Vault, 1Password, Keycloak."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import WAITS, Conditions, Phase, not_seen
from trunkline.core.health.fields import UNOBSERVED, count, entries, section, text
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest

READY = Conditions("Ready", bad="Deleted", fatal=True)

CLUSTER = Conditions("Ready", bad="NotReady PartiallyReady", fatal=True)


def from_vault(manifest: Manifest) -> Health:
    """HashiCorp's Vault Secrets Operator: `valid` and `error`, and conditions since 1.0. It
    counts the generations it has seen as `lastGeneration`."""
    if health := not_seen(manifest, ""):
        return health
    status = section(manifest, "status")
    if 0 < count(status, "lastGeneration") < count(section(manifest, "metadata"), "generation"):
        return progressing(UNOBSERVED)
    if status.get("valid") is False:
        return degraded(text(status, "error") or "its configuration is not valid")
    found = conditions_of(manifest)
    for name in ("ResourceValidation", "VaultPing", "SecretSynced", "Healthy", "Ready"):
        if name in found and found[name].false:
            return degraded(found[name].said)
    if found or status.get("valid") is True or count(status, "lastGeneration"):
        return healthy()
    return progressing(WAITS)


def vault(manifest: Manifest) -> Health:
    """A Vault of the bank-vaults operator: it has a leader, or nobody can read a secret."""
    if health := not_seen(manifest, ""):
        return health
    status = section(manifest, "status")
    for one in conditions_of(manifest).values():
        if one.type == "Healthy" and one.false:
            return degraded(one.said) if one.message else progressing(one.said)
    if leader := text(status, "leader"):
        return healthy(f"{leader} leads")
    nodes = status.get("nodes")
    return progressing("no node leads yet" if isinstance(nodes, list) and nodes else WAITS)


def redhat_vault(manifest: Manifest) -> Health:
    """Red Hat's vault-config-operator: the newest of its two conditions speaks."""
    if health := not_seen(manifest, ""):
        return health
    told = entries(section(manifest, "status"), "conditions")
    newest = max(told, key=lambda one: text(one, "lastTransitionTime"), default=None)
    found = conditions_of({"status": {"conditions": [newest]}}) if newest else {}
    for one in found.values():
        if one.stale(manifest):
            return progressing(UNOBSERVED)
        return healthy(one.message) if one.type.startswith("ReconcileSucc") else degraded(one.said)
    return progressing(WAITS)


RULES: Family = {
    "external-secrets.io": {
        "ExternalSecret PushSecret SecretStore ClusterSecretStore": READY,
        "ClusterExternalSecret ClusterPushSecret": CLUSTER,
    },
    "generators.external-secrets.io": {"*": Conditions("", quiet=True)},
    # What external-secrets was before its operator: a word, and after "ERROR," a sentence.
    "kubernetes-client.io": {"ExternalSecret": Phase("status.status", healthy="SUCCESS")},
    "k8s.keycloak.org": {
        "Keycloak": Conditions("Ready", bad="HasErrors", busy="RollingUpdate"),
        "KeycloakRealmImport": Conditions("Done", bad="HasErrors", busy="Started"),
    },
    "bitnami.com": {"SealedSecret": Conditions("Synced", fatal=True)},
    "secrets.hashicorp.com": {
        "SecretTransformation": Conditions("", quiet=True),
        "*": from_vault,
    },
    "vault.banzaicloud.com": {"Vault": vault},
    "redhatcop.redhat.io": {"*": redhat_vault},
    "onepassword.com": {"OnePasswordItem": Conditions("Ready", fatal=True)},
}
