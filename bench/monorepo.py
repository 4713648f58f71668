"""A monorepo as platform teams have them: Applications by cluster, shared charts, values files.

Always the same bytes: `applications` Applications on `charts` charts over `clusters` clusters. The
first chart is the popular one, used by `POPULAR` of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.charts import TEMPLATES, text, values
from gitrepo import GitRepo

POPULAR = 92
SERVICES = 2

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: default
  source:
    repoURL: https://git.example.test/config.git
    targetRevision: main
    path: charts/{chart}
    helm:
      releaseName: {release}
      valueFiles: [/values/{cluster}/{name}.yaml]
  destination: {{name: {cluster}, namespace: {release}}}
  syncPolicy:
    automated: {{prune: true, selfHeal: true}}
    syncOptions: [CreateNamespace=true]
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything."""

    applications: int = 1000
    charts: int = 30
    clusters: int = 10


@dataclass(frozen=True, slots=True)
class Monorepo:
    """A repository with three commits: `base`, then one values file, then the popular chart."""

    path: Path
    base: str
    one_value: str
    one_chart: str


def monorepo(folder: Path, size: Size | None = None) -> Monorepo:
    """Make it in an empty folder."""
    size = size or Size()
    repo = GitRepo(folder)
    repo.write(files(size))
    base = repo.commit("everything")
    name, cluster = named(size.applications // 2, size)
    repo.write({f"values/{cluster}/{name}.yaml": own_values(name, replicas=3)})
    one_value = repo.commit("three of it")
    repo.write({"charts/chart-00/templates/extra.yaml": EXTRA})
    return Monorepo(folder, base, one_value, repo.commit("one more object for many"))


def files(size: Size) -> dict[str, str]:
    found = {"trunkline.yaml": settings(size)}
    for number in range(size.charts):
        found |= chart(number)
    for number in range(size.applications):
        name, cluster = named(number, size)
        found[f"apps/{cluster}/{name}.yaml"] = APPLICATION.format(
            name=name, release=name, cluster=cluster, chart=chart_of(number, size)
        )
        found[f"values/{cluster}/{name}.yaml"] = own_values(name, replicas=1)
    return found


def settings(size: Size) -> str:
    clusters = [
        {"name": f"region-{at}", "server": f"https://region-{at}.example.test"}
        for at in range(size.clusters)
    ]
    urls = ["https://git.example.test/config.git"]
    return text({"repository": {"urls": urls, "branch": "main"}, "clusters": clusters})


def chart(number: int) -> dict[str, str]:
    path = f"charts/chart-{number:02}"
    about = {"apiVersion": "v2", "name": f"chart-{number:02}", "version": "1.0.0"}
    found = {
        f"{path}/Chart.yaml": text(about) + 'appVersion: "1.4.2"\n',
        f"{path}/values.yaml": text(values(f"chart-{number:02}", SERVICES)),
    }
    return found | {f"{path}/templates/{file}": source for file, source in TEMPLATES.items()}


def named(number: int, size: Size) -> tuple[str, str]:
    """The name of an Application and its cluster's."""
    return f"app-{number:04}", f"region-{number % size.clusters}"


def chart_of(number: int, size: Size) -> str:
    if number < POPULAR or size.charts == 1:
        return "chart-00"
    return f"chart-{1 + number % (size.charts - 1):02}"


def own_values(name: str, *, replicas: int) -> str:
    return text({"replicas": replicas, "labels": {"team": name}})


EXTRA = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-extra"}
data: {release: "{{ .Release.Name }}"}
"""
