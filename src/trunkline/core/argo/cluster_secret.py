"""A Secret with the label `argocd.argoproj.io/secret-type: cluster`: one cluster.

https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
The Secret's `config` holds credentials. The value that is made here only says where they are; they
are read again, by `cluster_config`, at the moment a connection is opened.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from trunkline.core.argo.application import Lines, section_of, told
from trunkline.core.argo.fields import Fields, Problem, errors
from trunkline.core.component import ARGO_NAMESPACE, Cluster, Origin
from trunkline.core.finding import Finding
from trunkline.core.manifest import labels_of

SECRET_TYPE = "argocd.argoproj.io/secret-type"


class BadClusterConfig(ValueError):
    """A cluster Secret without usable credentials. The message never holds their text."""


def is_cluster_secret(manifest: Mapping[str, Any]) -> bool:
    return is_secret_of_type(manifest, "cluster")


def is_secret_of_type(manifest: Mapping[str, Any], kind: str) -> bool:
    return (
        manifest.get("kind") == "Secret"
        and manifest.get("apiVersion") == "v1"
        and isinstance(manifest.get("metadata"), dict)
        and labels_of(manifest).get(SECRET_TYPE) == kind
    )


def parse_cluster(
    manifest: Mapping[str, Any], origin: Origin, lines: Lines | None = None
) -> tuple[Cluster | None, tuple[Finding, ...]]:
    """The cluster of a cluster Secret, None where it is broken, and what is to be said of it."""
    problems: list[Problem] = []
    whole = Fields(manifest, (), problems)
    metadata = section_of(whole, "metadata")
    secret = metadata.required("name")
    namespace = metadata.text("namespace") or ARGO_NAMESPACE
    keys = ("name", "server", "project", "namespaces", "clusterResources")
    entries = {key: entry_of(whole, key) for key in keys}
    for key in ("name", "server"):
        if not entries[key] and not problems:
            whole.problem(f"the cluster's {key} is missing in data or stringData")
    cluster = Cluster(
        name=entries["name"],
        server=entries["server"],
        labels=metadata.text_map("labels"),
        annotations=metadata.text_map("annotations"),
        access={"secret": f"{namespace}/{secret}"},
        origin=origin,
        project=entries["project"],
        namespaces=tuple(filter(None, map(str.strip, entries["namespaces"].split(",")))),
        cluster_resources=not entries["namespaces"] or entries["clusterResources"] == "true",
    )
    findings = told(problems, "cluster", f"Secret {secret}" if secret else "", origin, lines)
    return (None if errors(problems) else cluster), findings


def cluster_config(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The credentials of a cluster Secret, as its `config` says them. Raises BadClusterConfig."""
    problems: list[Problem] = []
    text = entry_of(Fields(manifest, (), problems), "config")
    if problems:
        raise BadClusterConfig(str(problems[0]))
    try:
        config = json.loads(text or "{}")
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "config"
        raise BadClusterConfig(f"config is no JSON ({where})") from None
    if not isinstance(config, dict):
        raise BadClusterConfig("config is no JSON object")
    return config


def entry_of(whole: Fields, key: str) -> str:
    """One entry of the Secret; stringData wins over data, as in the API server."""
    plain, encoded = whole.section("stringData"), whole.section("data")
    if plain and plain.value.get(key) is not None:
        return plain.text(key)
    if encoded is None or encoded.value.get(key) is None:
        return ""
    try:
        return base64.b64decode(encoded.text(key), validate=False).decode()
    except ValueError:
        encoded.problem("is not base64 of a text", key)
        return ""
