"""A run as a person reads it."""

from __future__ import annotations

from trunkline.core.manifest import Ref
from trunkline.core.report.text import run_text
from trunkline.core.run import ComponentResult, Outcome, Run, Step

DOWN = "eu (https://10.0.0.1): no connection: is it running?"
WEB = Ref("apps", "Deployment", "shop", "web")


def run(*components: ComponentResult) -> Run:
    return Run("r1", "sync", "c0ffee00", 1.0, 2.5, Outcome.FAILED, components=components)


def failed(name: str, cluster: str = "eu", *steps: Step) -> ComponentResult:
    return ComponentResult(name, cluster, Outcome.FAILED, message=DOWN, steps=steps)


def test_many_with_one_fate_are_told_once() -> None:
    step = Step("web", "us", WEB, "apply", "Sync")
    done = ComponentResult("web", "us", Outcome.SUCCEEDED, "Healthy", steps=(step,))
    many = [failed(f"a{at:02}") for at in range(12)]
    begun = failed("begun", "eu", Step("begun", "eu", WEB, "apply", "Sync"))
    text = run_text(run(*many, begun, done))
    assert (
        text
        == f"""\
! 12 components in eu
    {DOWN}
    a00, a01, a02, a03, a04, a05, a06, a07, a08, a09 and 2 more
! begun in eu
    {DOWN}
    ✓ apply Deployment.apps shop/web  Sync
✓ web in us  Healthy
    ✓ apply Deployment.apps shop/web  Sync

! r1: c0ffee00 to 2 clusters in 1.5 s: 2 steps, 0 objects equal already, 13 components not synced
"""
    )


def test_a_few_are_told_each() -> None:
    text = run_text(run(failed("a"), failed("b"), failed("c"), failed("d", "us")))
    assert text.count(DOWN) == 4
