"""`kustomize.buildOptions` of the ConfigMap `argocd-cm`: what counts of them, and what does not.

They may let a kustomization read files from anywhere in its repository, which is Kustomize's
`--load-restrictor LoadRestrictionsNone`. None of them makes a render run programs or reach a
network, and none names another Kustomize; a finding says so.
https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from trunkline.core.argo.argocd_cm import BUILD_OPTIONS, KUSTOMIZES, Entry, entries_of
from trunkline.core.finding import Finding, Severity
from trunkline.core.snapshot import Snapshot

ROOT_ONLY, ANYWHERE = "LoadRestrictionsRootOnly", "LoadRestrictionsNone"

_RUNS_NOTHING = "a kustomization runs no programs and reaches no network"
_HELM = "charts are inflated by the Helm that Trunkline brings, for the Application's cluster"
_IN_VAIN = {
    **dict.fromkeys(
        ("enable-alpha-plugins", "enable-exec", "enable-star", "network", "network-name", "mount",
         "env", "e", "as-current-user"),
        _RUNS_NOTHING,
    ),
    **dict.fromkeys(("helm-command", "helm-api-versions", "helm-kube-version"), _HELM),
    "enable-managedby-label": "objects get no label of the tool that made them",
}  # fmt: skip

# Charts are always inflated, objects always in our order, and errors told in full.
_NEEDLESS = ("enable-helm", "helm-debug", "reorder", "stack-trace")

_VERSIONS = "all kustomizations are rendered by the Kustomize that Trunkline brings"


class BuildOptions(Struct, frozen=True):
    """`loads_anywhere`: some `argocd-cm` lets kustomizations read files outside of their own
    directory."""

    loads_anywhere: bool = False
    findings: tuple[Finding, ...] = ()


def build_options_of(snapshot: Snapshot, configs: Iterable[str]) -> BuildOptions:
    """What the files that hold an `argocd-cm` say together."""
    anywhere, findings = False, list[Finding]()
    for entry in entries_of(snapshot, configs):
        if entry.key == BUILD_OPTIONS:
            flags = _flags(entry.value)
            anywhere = anywhere or ("load-restrictor", ANYWHERE) in flags
            findings += _in_vain(entry, flags)
        elif entry.key.startswith(KUSTOMIZES):
            findings.append(_finding(entry, f"it does not count, {_VERSIONS}"))
    return BuildOptions(anywhere, tuple(findings))


def _flags(text: str) -> list[tuple[str, str]]:
    """Names and values; older versions of Kustomize wrote `_` in names."""
    found: list[tuple[str, str]] = []
    for word in (one.strip("'\"") for one in text.split()):
        if not word.startswith("-") and found and not found[-1][1]:
            found[-1] = (found[-1][0], word)
        else:
            name, _, value = word.partition("=")
            found.append((name.lstrip("-").replace("_", "-"), value.strip("'\"")))
    return found


def _in_vain(entry: Entry, flags: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """A finding for each reason why options do not count."""
    reasons: dict[str, list[str]] = {}
    for name, value in dict.fromkeys(flags):
        if reason := _reason(name, value):
            reasons.setdefault(reason, []).append(f"-{name}" if len(name) == 1 else f"--{name}")
    for reason, names in reasons.items():
        yield _finding(entry, f"{', '.join(dict.fromkeys(names))}: does not count, {reason}")


def _reason(name: str, value: str) -> str:
    if name == "load-restrictor":
        known = value in (ROOT_ONLY, ANYWHERE)
        return "" if known else f"{value or 'nothing'} is neither {ANYWHERE} nor {ROOT_ONLY}"
    return "" if name in _NEEDLESS else _IN_VAIN.get(name, "it is not known")


def _finding(entry: Entry, said: str) -> Finding:
    message = f"{entry.key}: {said}"
    return Finding("kustomize-options", message, Severity.WARNING, file=entry.file, line=entry.line)
