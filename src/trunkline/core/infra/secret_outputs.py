"""Sensitive outputs of units, which Applications get in a Secret and by no other way.

    trunkline/values-from: |
      - unit: infra/live/eu/rds
        as: database
        secret: shop-database

The Secret has a key for each sensitive output, and belongs to the Application like any object of
its own. The charts' values get where each lies, `{name: shop-database, key: password}`, in the form
of a `secretKeyRef`. Who may have them is for the settings to say (`secretsFor` of `infra.units`):
else whoever writes an Application could read any password.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.argo.glob import deep_matches
from trunkline.core.manifest import Manifest

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
# https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data
KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")

# Stands for a value where nothing reaches a cluster. It is no base64: no API server takes it.
UNREAD = "(sensitive)"


class Allowed(Struct, frozen=True):
    """`rules` are globs over units, each with globs over the ids of Applications."""

    rules: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def allows(self, unit: str, component: str) -> bool:
        """Whether the Application may have the unit's sensitive outputs."""
        paths = (unit, unit.partition("@")[0])
        return any(
            any(deep_matches(glob, path) for path in paths)
            and any(deep_matches(one, component) for one in globs)
            for glob, globs in self.rules
        )


def sensitive_of(said: bytes | str) -> dict[str, Any]:
    """The sensitive values of what `output -json` says, which was found to be readable."""
    outputs = orjson.loads(said or b"{}")
    return {name: one["value"] for name, one in outputs.items() if one.get("sensitive")}


def encoded(value: Any) -> str:
    """A value as a Secret holds it: text as it is, anything else as JSON."""
    text = value.encode() if isinstance(value, str) else orjson.dumps(value)
    return base64.b64encode(text).decode()


def reference(secret: str, output: str) -> dict[str, str]:
    """Where an output lies, as a container's `secretKeyRef` says it."""
    return {"name": secret, "key": output}


def secret_manifests(secrets: Mapping[str, Mapping[str, str]]) -> Iterable[Manifest]:
    """The Secrets by name, each with its data."""
    for name, data in sorted(secrets.items()):
        yield {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name},
            "type": "Opaque",
            "data": dict(sorted(data.items())),
        }
