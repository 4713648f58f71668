"""Kubeconfig files: which contexts there are, and what each says.

Several files joined by the path separator are read as one, the first mention of a name wins;
relative paths are relative to the file that holds them.
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trunkline.core.component import Cluster
from trunkline.core.yaml import YamlError, load
from trunkline.edge.cluster.errors import Unreachable

Section = Mapping[str, Any]

PATHS = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One context: its cluster's and its user's section, paths made absolute."""

    name: str
    cluster: Mapping[str, Any] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def server(self) -> str:
        return str(self.cluster.get("server") or "")


def files_of(kubeconfig: str) -> list[Path]:
    """The files that a setting or $KUBECONFIG names and that exist, as kubectl takes them; the
    usual one where it names none."""
    named = kubeconfig.split(os.pathsep) if kubeconfig else ["~/.kube/config"]
    files = (Path(one).expanduser() for one in named if one)
    return [one for one in files if one.exists()]


def contexts(kubeconfig: str = "") -> tuple[Cluster, ...]:
    """The contexts of a kubeconfig as clusters; () where there is none."""
    return tuple(
        Cluster(one.name, one.server, access={"kubeconfig": kubeconfig, "context": one.name})
        for one in entries(kubeconfig)
    )


def entries(kubeconfig: str) -> tuple[Entry, ...]:
    """Every context, in the order of the files. Raises Unreachable for a broken file."""
    clusters: dict[str, Section] = {}
    users: dict[str, Section] = {}
    contexts: dict[str, Section] = {}
    for file in files_of(kubeconfig):
        whole = _loaded(file)
        for kind, into in (("cluster", clusters), ("user", users), ("context", contexts)):
            for name, section in _named(whole, kind, file):
                into.setdefault(name, _absolute(section, kind, file.parent))
    return tuple(
        Entry(
            name,
            clusters.get(str(context.get("cluster")), {}),
            users.get(str(context.get("user")), {}),
        )
        for name, context in contexts.items()
    )


def entry_of(kubeconfig: str, context: str, cluster: str) -> Entry:
    """The context of this name. Raises Unreachable that names the known ones."""
    known = {one.name: one for one in entries(kubeconfig)}
    if context in known:
        return known[context]
    where = kubeconfig or "~/.kube/config"
    names = ", ".join(sorted(known)) or "none"
    if files_of(kubeconfig):
        missing = f"no context {context!r} in {where} (known: {names})"
    else:
        missing = f"no context {context!r}, for there is no {where}"
    raise Unreachable(
        f"{cluster}: {missing}; "
        "name one with `context` in trunkline.yaml, or another file with --kubeconfig",
        cluster=cluster,
    )


def _loaded(file: Path) -> Section:
    try:
        whole = load(file.read_bytes())
    except OSError as error:
        raise Unreachable(f"{file}: {error.strerror}") from None
    except YamlError as error:
        raise Unreachable(f"{file}: {error}") from None
    if whole is None:
        return {}
    if not isinstance(whole, dict):
        raise Unreachable(f"{file}: is no kubeconfig")
    return whole


def _named(whole: Section, kind: str, file: Path) -> Iterator[tuple[str, Section]]:
    """The entries of one list of the file: `contexts`, say, for the kind `context`."""
    listed = whole.get(f"{kind}s") or []
    for one in listed if isinstance(listed, list) else [listed]:
        section = one.get(kind) or {} if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(section, dict):
            raise Unreachable(f"{file}: {kind}s is no list of maps with a name and a {kind}")
        yield str(one.get("name")), section


def _absolute(section: Section, kind: str, folder: Path) -> dict[str, Any]:
    found = dict(section)
    for key in PATHS.get(kind, ()):
        if found.get(key):
            found[key] = str(folder / str(found[key]))
    plugin = found.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command", "")):
        found["exec"] = {**plugin, "command": str(folder / str(plugin["command"]))}
    return found
