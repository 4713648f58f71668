"""What a job writes into its summary after the merge: a sync, an apply, a check for drift."""

from __future__ import annotations

import re

import pytest

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.applying import ApplyRun, Ended, UnitResult
from trunkline.core.infra.drift import Checked, Drifted, DriftReport, Healing, Since, UnitDrift
from trunkline.core.infra.plan.values import AttributeChange, InfraPlan, ResourceChange, Verb
from trunkline.core.manifest import Ref
from trunkline.core.report.comment import LONGEST
from trunkline.core.report.infra_apply_markdown import apply_markdown
from trunkline.core.report.infra_drift_markdown import drift_markdown
from trunkline.core.report.run_markdown import run_markdown
from trunkline.core.report.whole_markdown import delivery_markdown
from trunkline.core.run import ComponentResult, Outcome, Run, Step

EVIL = "a|b`c </details><script>x</script> @team ```\n# Approved [x](https://evil.test)"
WEB = Ref("apps", "Deployment", "shop", "web")
OLD = Ref("", "ConfigMap", "shop", "old")
LATE = Finding("x", "the window ends soon", Severity.WARNING, file="apps/web.yaml", line=3)


def step(ref: Ref, verb: str, outcome: Outcome = Outcome.SUCCEEDED, message: str = "") -> Step:
    return Step("web", "eu", ref, verb, "Sync", 2, outcome, message)


def synced() -> Run:
    done = (step(WEB, "apply"), step(OLD, "prune"))
    refused = (step(OLD, "apply"), step(WEB, "apply", Outcome.FAILED, "spec.x: is no field"))
    components = (
        ComponentResult("quiet", "eu", Outcome.SUCCEEDED, "Healthy", unchanged=4),
        ComponentResult("web", "eu", Outcome.SUCCEEDED, "Healthy", unchanged=1, steps=done),
        ComponentResult("api", "us", Outcome.FAILED, "Degraded", "web: is no field", 0, refused),
        ComponentResult("db", "ap", Outcome.SKIPPED, "", "ap is down"),
    )
    return Run(
        "r1", "sync", "c0ffee00", 1.0, 3.5, Outcome.FAILED, components=components, findings=(LATE,)
    )


def applied() -> ApplyRun:
    counts = {"create": 2, "update": 0, "replace": 0, "delete": 0, "move": 0, "import": 0}
    units = (
        UnitResult("live/vpc", "changed", Ended.APPLIED, counts={**counts, "forget": 0}),
        UnitResult("live/rds", "changed", Ended.WAITING, "it deletes a database", plan="4f1d"),
        UnitResult("live/eks", "changed", Ended.FAILED, "no quota", "Error: no quota\nin main.tf"),
        UnitResult(
            "live/app", "changed", Ended.SKIPPED, "it waits", applications=("api", "web shop")
        ),
    )
    return ApplyRun("r2", "a" * 40, "b" * 40, "ada", "1", 1.0, 9.0, units)


def drifted() -> DriftReport:
    size = AttributeChange("size", 1, 2)
    changed = ResourceChange("aws_db.this", "aws_db", Verb.UPDATE, (size,))
    gone = ResourceChange("aws_s3.logs", "aws_s3", Verb.DELETE)
    resources = (Drifted(changed, Since(20.0, 10.0)), Drifted(gone, Since(20.0)))
    units = (
        UnitDrift("live/rds", Checked.DRIFTED, 20.0, resources),
        UnitDrift("live/vpc", Checked.CLEAN, 20.0),
        UnitDrift("live/eks", Checked.FAILED, 20.0, error="Error: expired"),
    )
    return DriftReport("c" * 40, units, 4)


def test_a_sync_has_what_was_not_synced_first() -> None:
    assert (
        run_markdown(synced())
        == """\
### Trunkline: 2 components synced, **2 components not synced**
`c0ffee00` to 3 clusters in 2.5 s: 4 steps, 5 objects equal already, run `r1`

|  | component | cluster | health |  |
| --- | --- | --- | --- | --- |
| ❌ | `api` | `us` | Degraded | web: is no field |
| ⏸️ | `db` | `ap` |  | ap is down |
| ✅ | `web` | `eu` | Healthy | 1 apply, 1 prune |

- ⚠️ `apps/web.yaml:3`: the window ends soon

<details open><summary><b>api</b> in us: 2 apply</summary>

- ❌ apply `Deployment.apps shop/web`, Sync wave 2: spec.x: is no field
- ✅ apply `ConfigMap shop/old`, Sync wave 2

</details>

<details><summary><b>web</b> in eu: 1 apply, 1 prune</summary>

- ✅ apply `Deployment.apps shop/web`, Sync wave 2
- ✅ prune `ConfigMap shop/old`, Sync wave 2

</details>
"""
    )


def test_an_apply_is_one_table_with_how_it_goes_on() -> None:
    assert (
        apply_markdown(applied())
        == """\
### Infrastructure: 1 applied, 1 waiting, 1 skipped, 1 failed
`aaaaaaaa..bbbbbbbb` in 8.0 s, run `r2`

|  | unit |  |  |
| --- | --- | --- | --- |
| ✅ | `live/vpc` | applied: 2 created |  |
| ⏸️ | `live/rds` | waiting | it deletes a database<br>→ `trunkline infra show 4f1d`\
<br>→ `trunkline infra approve 4f1d` |
| ❌ | `live/eks` | failed | no quota |
| ⏸️ | `live/app` | skipped | it waits<br>→ `trunkline sync api 'web shop'` |

<details open><summary>live/eks failed</summary>

```text
Error: no quota
in main.tf
```
</details>
"""
    )


def test_drift_is_told_by_unit_and_since_when() -> None:
    assert (
        drift_markdown(drifted(), lambda when: f"{when:g}h")
        == """\
### Infrastructure drift: 1 with drift, 1 failed, 1 without drift: 3 of 4 units checked at cccccccc

|  | unit |  |
| --- | --- | --- |
| ⚠️ | `live/rds` | 1 changed, 1 deleted outside |
| ❌ | `live/eks` | could not be checked |

<details><summary><b>live/rds</b> 1 changed, 1 deleted outside</summary>

```diff
! aws_db.this  # between 10h and 20h
      size: 1 → 2
- aws_s3.logs  # before 20h, the first check
```
</details>

<details><summary><b>live/eks</b> could not be checked</summary>

```text
Error: expired
```
</details>
"""
    )


def test_a_heal_is_told_below_the_drift() -> None:
    held = {"live/eks": "its code changed since"}
    healing = Healing(InfraPlan("c" * 40, "c" * 40, (), (), 4), applied(), held)
    report = DriftReport("c" * 40, drifted().units, 4, healing)
    text = drift_markdown(report, str)
    assert "- ⏸️ `live/eks` its code changed since\n" in text
    assert text.endswith(apply_markdown(applied()))


def test_nothing_to_tell_is_a_title() -> None:
    quiet = ComponentResult("quiet", "eu", Outcome.SUCCEEDED, "Healthy", unchanged=4)
    run = Run("r1", "sync", "c0ffee00", 1.0, 3.0, Outcome.SUCCEEDED, "", True, (quiet,))
    assert run_markdown(run).splitlines() == [
        "### Trunkline: 1 component synced (dry run: nothing was changed)",
        "`c0ffee00` to 1 cluster in 2.0 s: 0 steps, 4 objects equal already, run `r1`",
    ]
    nothing = ApplyRun("r2", "a" * 40, "b" * 40, "ada", "1", 1.0, 1.0)
    assert apply_markdown(nothing).startswith("### Infrastructure: nothing is left to apply\n")
    clean = DriftReport("c" * 40, (UnitDrift("a", Checked.CLEAN, 1.0),), 1)
    assert drift_markdown(clean, str).splitlines() == [
        "### Infrastructure drift: 1 without drift: 1 of 1 units checked at cccccccc"
    ]


def evil() -> list[str]:
    steps = (Step(EVIL, EVIL, Ref("", EVIL, EVIL, EVIL), "apply", "Sync", message=EVIL),)
    part = ComponentResult(EVIL, EVIL, Outcome.FAILED, "Degraded", EVIL, steps=steps)
    finding = Finding("x", EVIL, file=EVIL, line=1, remedy=EVIL)
    run = Run("r1", "sync", EVIL, 1.0, components=(part,), findings=(finding,))
    unit = UnitResult(EVIL, "changed", Ended.FAILED, EVIL, EVIL, EVIL, applications=(EVIL,))
    apply = ApplyRun("r2", EVIL, EVIL, EVIL, EVIL, 1.0, 1.0, (unit,), (finding,))
    change = ResourceChange(EVIL, EVIL, Verb.UPDATE, (AttributeChange(EVIL, EVIL, EVIL),))
    at = UnitDrift(EVIL, Checked.DRIFTED, 1.0, (Drifted(change, Since(1.0)),), error=EVIL)
    healing = Healing(InfraPlan(EVIL, EVIL), apply, {EVIL: EVIL})
    drift = DriftReport(EVIL, (at,), 1, healing)
    return [delivery_markdown(run, apply), drift_markdown(drift, str)]


@pytest.mark.parametrize("text", evil())
def test_nothing_that_others_wrote_means_anything_in_it(text: str) -> None:
    bare = re.sub(r"^(`{3,})[^`\n]*\n.*?^\1`*$", "", text, flags=re.DOTALL | re.MULTILINE)
    bare = re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", bare)
    assert "<script" not in bare
    assert "://" not in bare
    assert not re.search(r"@(?!\u200b)\w", bare)
    assert not re.search(r"^\s*# Approved", bare, re.MULTILINE)
    assert bare.count("<details") == bare.count("</details>")
    for line in bare.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 5, 6)


def test_a_thousand_of_each_fit_into_one_comment() -> None:
    steps = tuple(step(Ref("", "ConfigMap", "shop", f"c{at}"), "apply") for at in range(40))
    parts = tuple(
        ComponentResult(f"app-{at}", "eu", Outcome.SUCCEEDED, "Healthy", steps=steps)
        for at in range(1000)
    )
    run = Run("r1", "sync", "c0ffee00", 1.0, 3.5, components=parts)
    units = tuple(
        UnitResult(f"live/{at}", "changed", Ended.FAILED, error="Error: x\n" * 200)
        for at in range(1000)
    )
    apply = ApplyRun("r2", "a" * 40, "b" * 40, "ada", "1", 1.0, 9.0, units)
    text = delivery_markdown(run, apply)
    assert len(text) <= LONGEST
    assert "| _940 more_ |" in text
    assert "more components are left out: `trunkline runs r1` shows them" in text
    failed = tuple(
        UnitDrift(f"live/{at}", Checked.FAILED, 1.0, error="x" * 900) for at in range(99)
    )
    report = drift_markdown(DriftReport("c" * 40, failed, 99), str)
    assert len(report) <= LONGEST
    assert "more units are left out: `trunkline infra drift` shows them" in report
