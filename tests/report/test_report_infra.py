"""A plan of infrastructure as text, as a comment and as a page: one value, the same words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from browser import Browser
from kube_objects import deployment
from report.tags import Tags
from trunkline.core.change import ComponentPlan, Plan, PlannedCommit
from trunkline.core.diff import changes
from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.plan.attributes import UNKNOWN_TEXT
from trunkline.core.infra.plan.copies import MASK
from trunkline.core.infra.plan.values import (
    AttributeChange,
    InfraPlan,
    OutputChange,
    ResourceChange,
    Status,
    UnitPlan,
    Verb,
)
from trunkline.core.report.comment import LONGEST
from trunkline.core.report.html import infra_html, plan_html
from trunkline.core.report.infra_markdown import infra_markdown
from trunkline.core.report.infra_text import infra_text
from trunkline.core.report.whole_markdown import whole_markdown

EVIL = """</code></details></style></script><script>document.title='owned'</script>\
<img src=x onerror="document.title='owned'">"' onmouseover='x()' @team ```\n# \u202egpj"""

DATABASE = ResourceChange(
    'aws_db_instance.this["billing"]',
    "aws_db_instance",
    Verb.REPLACE,
    (
        AttributeChange("endpoint", "billing.eu", UNKNOWN_TEXT),
        AttributeChange("password", MASK, MASK, sensitive=True),
        AttributeChange("storage", 100, 50, forces=True),
    ),
    "storage cannot change in place",
)
CLUSTER = (
    ResourceChange("aws_eks.a", "aws_eks", Verb.UPDATE, (AttributeChange("nodes", 4, 6),)),
    ResourceChange("aws_eks.new", "aws_eks", Verb.MOVE, was="aws_eks.old"),
    ResourceChange("aws_eks.far", "aws_eks", Verb.IMPORT, imported="far-1"),
    ResourceChange("aws_eks.lost", "aws_eks", Verb.FORGET),
    ResourceChange("aws_role.gone", "aws_role", Verb.DELETE, (AttributeChange("name", "x"),)),
    ResourceChange("aws_role.one", "aws_role", Verb.CREATE, (AttributeChange("arn", None, "a"),)),
)
ENDPOINTS = OutputChange(
    "endpoints", Verb.UPDATE, {"a": "a.eu", "billing": "b.eu"}, {"a": "a.eu", "billing": "c.eu"}
)
LOST = Finding(
    "infra-data",
    'it replaces aws_db_instance.this["billing"]: a database is destroyed',
    severity=Severity.WARNING,
    component="live/eu/rds",
    remedy="is there a backup?",
)
OUTSIDE = ResourceChange(
    "aws_eks.a", "aws_eks", Verb.UPDATE, (AttributeChange("tags.team", "a", "b"),)
)


def infra() -> InfraPlan:
    units = (
        UnitPlan("live/eu/net", "changed", ("live/eu/region.hcl",)),
        UnitPlan("live/eu/eks", "changed", ("live/eu/region.hcl",), changes=CLUSTER),
        UnitPlan(
            "live/eu/rds",
            "changed",
            ("live/eu/rds/terragrunt.hcl",),
            changes=(DATABASE,),
            outputs=(ENDPOINTS,),
            drift=(OUTSIDE,),
            plan="4f1d2c9a7b30",
        ),
        UnitPlan("live/eu/edge", status=Status.DEFERRED, waits_for=("live/eu/rds",)),
        UnitPlan("live/eu/logs", "added", status=Status.FAILED, error="Error: no such variable"),
    )
    commits = (PlannedCommit("b" * 40, "Ada", "a smaller disk"),)
    return InfraPlan("a" * 40, "b" * 40, units, (LOST,), 9, commits)


def applications() -> Plan:
    found = changes([deployment("api")], [deployment("api", replicas=7)])
    return Plan("a" * 40, "b" * 40, (ComponentPlan("api", "eu", found),), (), 3)


def many(number: int, lines: int) -> InfraPlan:
    attributes = tuple(AttributeChange(f"tag{at}", "a", "b") for at in range(lines))
    change = ResourceChange("aws_vpc.this", "aws_vpc", Verb.UPDATE, attributes)
    units = tuple(UnitPlan(f"live/{at:04}/vpc", changes=(change,)) for at in range(number))
    return InfraPlan("a" * 40, "b" * 40, units, considered=number)


def hostile() -> InfraPlan:
    values = AttributeChange(EVIL, EVIL, EVIL[::-1], forces=True)
    change = ResourceChange(EVIL, EVIL, Verb.REPLACE, (values,), EVIL, EVIL, EVIL)
    output = OutputChange(EVIL, Verb.UPDATE, EVIL, {EVIL: EVIL})
    unit = UnitPlan(
        EVIL, "changed", (EVIL,), changes=(change,), outputs=(output,), drift=(change,), error=EVIL
    )
    waits = UnitPlan("b", status=Status.DEFERRED, waits_for=(EVIL,), mocked=(EVIL,))
    finding = Finding("x", EVIL[::-1], component=EVIL, file=EVIL, line=3, remedy=EVIL)
    commits = (PlannedCommit(EVIL, EVIL, EVIL),)
    return InfraPlan(
        EVIL, EVIL, (unit, waits), (finding, replace(finding, component="")), 1, commits
    )


def test_text_has_the_gravest_first_and_of_an_output_what_differs() -> None:
    *lines, total = infra_text(infra()).splitlines()
    assert lines == [
        "live/eu/net  no changes",
        "  live/eu/region.hcl",
        "",
        "live/eu/eks  1 to create, 1 to update, 1 to delete, 1 to move, 1 to import, 1 to forget",
        "  live/eu/region.hcl",
        "  - aws_role.gone",
        "  ○ aws_eks.lost  it lives on, and is in no state any more",
        "  ~ aws_eks.a",
        "      nodes: 4 → 6",
        "  + aws_role.one",
        "      arn: a",
        "  ← aws_eks.far  imports far-1",
        "  → aws_eks.new  was aws_eks.old",
        "",
        "live/eu/rds  1 to replace  plan 4f1d2c9a7b30",
        "  live/eu/rds/terragrunt.hcl",
        '  ± aws_db_instance.this["billing"]  storage cannot change in place',
        "      endpoint: billing.eu → (known after apply)",
        "      password: (sensitive), another one",
        "      storage: 100 → 50  (makes it new)",
        "  · output endpoints.billing: b.eu → c.eu",
        "  ‖ changed outside: aws_eks.a",
        "",
        "live/eu/edge  waits for live/eu/rds",
        "",
        "live/eu/logs  could not be planned  new",
        "  Error: no such variable",
        "",
        '‖ live/eu/rds  it replaces aws_db_instance.this["billing"]: a database is destroyed',
        "  → is there a backup?",
        "",
    ]
    assert total == (
        "1 to create, 1 to update, 1 to replace, 1 to delete, 1 to move, 1 to import, 1 to forget: "
        "5 units, 1 waiting, 1 failed, aaaaaaaa..bbbbbbbb, 9 units looked at"
    )


def test_what_a_program_warns_of_in_many_units_is_said_once() -> None:
    """Of what other findings say each unit is named."""
    units = ("live/ap", "live/eu", "live/sa", "live/us")
    warned = [
        Finding("infra-warning", "No lock file", Severity.WARNING, component=u) for u in units
    ]
    lost = [Finding("infra-data", "it is lost", Severity.WARNING, component=u) for u in units[:2]]
    text = infra_text(InfraPlan("a" * 40, "b" * 40, (), (*warned, *lost)))
    assert text.splitlines()[:3] == [
        "‖ live/ap  No lock file (the same in live/eu, live/sa and 1 more)",
        "‖ live/ap  it is lost",
        "‖ live/eu  it is lost",
    ]


def test_the_comment_has_sum_and_warnings_first_and_opens_what_destroys() -> None:
    plan = infra()
    assert infra_markdown(replace(plan, units=plan.units[2:4])) == (
        """\
### Infrastructure: 1 to replace
2 units, 1 waiting, aaaaaaaa..bbbbbbbb, 9 units looked at

- ⚠️ `live/eu/rds`: it replaces aws\\_db\\_instance.this\\["billing"\\]: a database is destroyed

  → is there a backup?

<details open><summary><code>live/eu/rds</code> 1 to replace</summary>

Because of `live/eu/rds/terragrunt.hcl`.

```diff
- replace aws_db_instance.this["billing"]  # storage cannot change in place
      endpoint: billing.eu → (known after apply)
      password: (sensitive), another one
      storage: 100 → 50  (makes it new)
! output endpoints.billing: b.eu → c.eu
```

Changed outside: `aws_eks.a`.

</details>

<details><summary>⏳ <code>live/eu/edge</code> waits for live/eu/rds</summary>

</details>
"""
    )


def test_a_comment_holds_both_parts_and_fits_into_one_of_github() -> None:
    both = whole_markdown(applications(), infra())
    assert both.startswith("### Trunkline: 1 to update")
    assert "\n### Infrastructure: 1 to create, 1 to update" in both
    long = tuple(
        ComponentPlan(f"api-{at}", "eu", changes([deployment("a")], [deployment("a", replicas=at)]))
        for at in range(2, 400)
    )
    wide = Plan("a" * 40, "b" * 40, long, (), 400)
    for units in (infra(), many(60, 200), many(5_000, 1)):
        text = whole_markdown(wide, units)
        assert len(text) <= LONGEST < 65_536
        assert "more components are left out" in text and "\n### Infrastructure" in text


def test_details_that_do_not_fit_leave_the_line_of_their_unit() -> None:
    text = infra_markdown(many(60, 200), longest=20_000)
    assert text.count("<details>") == text.count("</details>") > 1
    assert all(f"live/{at:04}/vpc" in text for at in range(60))
    assert len(text) <= 20_000
    assert "units are left out: `trunkline infra plan` shows them" in infra_markdown(many(3_000, 1))


def test_nothing_of_a_repository_is_markup_in_a_comment() -> None:
    text = infra_markdown(hostile())
    unfenced = re.sub(r"^(`{3,})[a-z]*\n.*?\n\1$", "", text, flags=re.M | re.S)
    outside = re.sub(r"(?<!\\)`[^`]*`", "", unfenced)
    assert "<script" not in outside and "<img" not in outside and "@team" not in outside
    assert not re.search(r"^# ", outside, re.M)
    assert "\u202e" not in text


def test_hostile_names_and_values_are_text_on_the_page() -> None:
    page = plan_html(applications(), hostile())
    tags = Tags(page).found
    assert [tag for tag, _ in tags if tag in ("script", "style", "img")] == ["style", "script"]
    names = {name for _, attributes in tags for name in attributes}
    assert {one for one in names if one.startswith("on") or one in ("src", "style")} == set()
    links = {one["href"] for tag, one in tags if tag == "a"}
    assert all(re.fullmatch(r"#([gu]\d+|findings)", link or "") for link in links)
    assert "\u202e" not in page


async def shown(page: str, path: Path, chromium: str, script: str) -> object:
    """What a script finds on the page in a real browser."""
    file = path / "plan.html"
    file.write_text(page, encoding="utf-8")
    async with Browser(chromium) as browser:
        await browser.open(file)
        found = await browser.run(script)
        assert browser.said == []
        return found


FOLD = "document.querySelector('#u1').innerText"


async def test_a_unit_on_the_page(tmp_path: Path, chromium: str) -> None:
    fold = str(await shown(infra_html(infra()), tmp_path, chromium, FOLD))
    assert [line for line in re.split(r"[\n\t]+", fold) if line.strip()] == [
        "±",
        "live/eu/rds",
        "± 1",
        "because of live/eu/rds/terragrunt.hcl",
        "kept as plan 4f1d2c9a7b30",
        '‖ it replaces aws_db_instance.this["billing"]: a database is destroyed',
        "→ is there a backup?",
        "±",
        'aws_db_instance.this["billing"]',
        "storage cannot change in place",
        "-",
        "storage: 100",
        "+",
        "storage: 50makes it new",
        "-",
        "password: (sensitive)",
        "+",
        "password: (sensitive), another one",
        "known after apply: endpoint",
        "·",
        "outputs",
        "-",
        "endpoints.billing: b.eu",
        "+",
        "endpoints.billing: c.eu",
        "‖ aws_eks.a was changed outside: tags.team: a → b",
    ]


MAP = """[...document.querySelectorAll('.stations tr')].map(row => [...row.children].map(
  cell => cell.querySelector('.stop')?.title ?? cell.textContent.replace('passes by', '')).join('|')
).join('\\n')"""


async def test_the_map_says_what_happens_to_which_unit(tmp_path: Path, chromium: str) -> None:
    assert await shown(infra_html(infra()), tmp_path, chromium, MAP) == (
        """\
What changes, in the order of an apply|delete|replace|forget|update|create|import|move
live/eu/eks |1 delete||1 forget|1 update|1 create|1 import|1 move
live/eu/rds ||1 replace|||||
live/eu/edge ○ waits for live/eu/rds|||||||
live/eu/logs ! could not be planned|||||||"""
    )


ALONE = "Infrastructure 7 resources / Units 5 units / Needs you 2 warnings"
BOTH = (
    "Changes 1 object / Arrives at 1 component / Needs you 2 warnings / "
    "Infrastructure 7 resources / Units 5 units / Folded away 0 components alike"
)
SUMS = "[...document.querySelectorAll('.card')].map(card => card.innerText).join(' / ')"


@pytest.mark.parametrize(
    "both, wanted",
    [
        (False, ALONE),
        (True, BOTH),
    ],
    ids=["alone", "with applications"],
)
async def test_the_sums(both: bool, wanted: str, tmp_path: Path, chromium: str) -> None:
    page = plan_html(applications(), infra()) if both else infra_html(infra())
    found = str(await shown(page, tmp_path, chromium, SUMS))
    cards = [" ".join(card.split("\n")[:2]) for card in found.split(" / ")]
    assert " / ".join(cards) == wanted


LEFT = """[...document.querySelectorAll('.group, .part > h2, .stations, .warnings')]
  .filter(one => one.checkVisibility()).map(one => one.id || one.textContent).join(' ')"""


async def test_what_is_looked_for_comes_into_view(tmp_path: Path, chromium: str) -> None:
    file = tmp_path / "plan.html"
    file.write_text(plan_html(applications(), infra()), encoding="utf-8")
    async with Browser(chromium) as page:
        await page.open(file)
        await page.press("/")
        await page.call("Input.insertText", text="storage billing")
        await page.run("new Promise(done => setTimeout(done, 300))")
        for _ in range(200):
            if (found := await page.run(LEFT)) == "Infrastructure u1":
                break
        assert found == "Infrastructure u1"
        assert await page.run("document.getElementById('count').textContent") == "1 of 9 changes"
