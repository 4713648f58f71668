"""Runs and refs for the tests of the store."""

from __future__ import annotations

from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Outcome, Run, Step

WEB = Ref("apps", "Deployment", "shop", "web")
SETTINGS = Ref("", "ConfigMap", "shop", "settings")
ROLE = Ref("rbac.authorization.k8s.io", "ClusterRole", "", "shop")


def step(ref: Ref = WEB, component: str = "shop", cluster: str = "eu", **said: object) -> Step:
    return Step(component, cluster, ref, "apply", "Sync", **said)  # type: ignore[arg-type]


def result(component: str = "shop", cluster: str = "eu", *steps: Step) -> ComponentResult:
    return ComponentResult(component, cluster, Outcome.SUCCEEDED, "Healthy", "", 2, steps)


def run(run_id: str = "7f3a", started: float = 1000.0, **said: object) -> Run:
    return Run(run_id, "sync", "c0ffee", started, **said)  # type: ignore[arg-type]


WHOLE = run(
    ended=1012.5,
    outcome=Outcome.FAILED,
    author="deploy@ci",
    dry_run=True,
    components=(
        result("shop", "eu", step(wave=-1, seconds=0.25), step(SETTINGS, message="é ✓ 'quoted'")),
        result("shop", "us"),
        ComponentResult("a/b", "us", Outcome.FAILED, "Degraded", "pods crash"),
    ),
    findings=(
        Finding("duplicate-object", "twice", Severity.WARNING, "a.yaml", 3, "shop", "eu", ROLE),
        Finding("no-such-cluster", "us2", remedy="name it in the settings"),
    ),
)
