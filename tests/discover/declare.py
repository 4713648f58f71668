"""Declarations in a few words, for tests of what is discovered."""

from __future__ import annotations

from textwrap import indent

from trunkline.engine.discover import Discovered

URL = "https://git.test/config.git"

CLUSTERS = """\
clusters:
  - {name: eu, server: https://eu.test, labels: {region: eu, tier: gold}}
  - {name: us, server: https://us.test, labels: {region: us, tier: gold}}
  - {name: lab, server: https://lab.test, labels: {region: eu, tier: lab}}
"""

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"

CHART = "apiVersion: v2\nname: chart\nversion: 1.0.0\n"


def app(name: str, path: str = "plain", cluster: str = "eu", spec: str = "") -> str:
    """An Application; `spec` are further lines of it, not indented."""
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: {URL}, path: {path}}}
  destination: {{name: {cluster}, namespace: shop}}
{indent(spec, "  ")}"""


def application_set(
    generators: str, name: str = "{{.name}}", *, go: bool = True, spec: str = ""
) -> str:
    """An ApplicationSet; `generators` are the items of the list, `spec` further lines of it."""
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: set, namespace: argocd}}
spec:
  goTemplate: {str(go).lower()}
  generators:
{indent(generators, "    ")}
  template:
    metadata: {{name: '{name}'}}
    spec:
      project: default
      source: {{repoURL: {URL}, path: plain}}
      destination: {{name: eu, namespace: shop}}
{indent(spec, "  ")}"""


def ids(found: Discovered) -> list[str]:
    return [one.id for one in found.components]


def rules(found: Discovered) -> list[tuple[str, str, int]]:
    """Rule, component (else file) and line of each finding."""
    return sorted((one.rule, one.component or one.file, one.line) for one in found.findings)


def messages(found: Discovered) -> list[str]:
    return [one.message for one in found.findings]
