"""The page of a plan: whole in itself, hostile input is text, and it works in a real browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from browser import Browser
from kube_objects import config_map, deployment
from report.tags import Tags
from trunkline.core.change import ComponentPlan, Plan, PlannedCommit
from trunkline.core.diff import changes
from trunkline.core.finding import Finding
from trunkline.core.report.html import plan_html

EVIL = """</details></style></script><script>document.title='owned'</script>\
<img src=x onerror="document.title='owned'">"' onmouseover='document.title=1' x='\u202egpj.exe"""


def part(name: str, before: str, after: str, cluster: str = "eu") -> ComponentPlan:
    old = [config_map(f"{name}-settings", {"colour": before, "size": "3"})]
    return ComponentPlan(
        name,
        cluster,
        changes(old, [config_map(f"{name}-settings", {"colour": after, "size": "3"})]),
    )


def small() -> Plan:
    parts = (
        part("web", "red", "blue"),
        part("shop", "red", "green", "us"),
        ComponentPlan("api", "eu", changes([deployment("api")], [deployment("api", replicas=7)])),
    )
    commits = (PlannedCommit("b" * 40, "Ada", "paint it"),)
    return Plan("a" * 40, "b" * 40, parts, (), 3, commits=commits)


def hostile() -> Plan:
    one = part(EVIL, EVIL, EVIL[::-1], EVIL)
    finding = Finding("x", EVIL, file=EVIL, line=3, remedy=EVIL)
    quiet = ComponentPlan(EVIL, EVIL, was=(EVIL,))
    commits = (PlannedCommit(EVIL, EVIL, EVIL),)
    broken = ComponentPlan(EVIL, "eu", error=EVIL)
    return Plan(EVIL, EVIL, (one, broken), (finding,), 1, (quiet,), commits)


@pytest.mark.parametrize("plan", [small(), hostile(), Plan("a", "b")], ids=["a", "hostile", "none"])
def test_the_page_is_whole_in_itself(plan: Plan) -> None:
    tags = Tags(plan_html(plan)).found
    assert [tag for tag, _ in tags if tag in ("script", "style")] == ["style", "script"]
    assert {tag for tag, _ in tags} & {"img", "link", "iframe", "object", "base", "form"} == set()
    names = {name for _, attributes in tags for name in attributes}
    assert {one for one in names if one.startswith("on") or one in ("src", "style")} == set()
    links = {one["href"] for tag, one in tags if tag == "a"}
    assert all(re.fullmatch(r"#([gu]\d+|findings)", link or "") for link in links)


def test_the_policy_allows_this_style_and_this_script_alone() -> None:
    (policy,) = [
        one["content"] or ""
        for tag, one in Tags(plan_html(small())).found
        if tag == "meta" and one.get("http-equiv") == "Content-Security-Policy"
    ]
    assert re.sub(r"sha256-[\w+/=]+", "HASH", policy) == (
        "default-src 'none'; style-src 'HASH'; script-src 'HASH'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_a_plan_against_the_clusters_names_its_one_commit() -> None:
    head = "c0ffee0" + "0" * 33
    page = plan_html(Plan("live", head, (), (), 1))
    assert "<code>c0ffee00</code> against the clusters now" in page


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert plan_html(small()) == plan_html(small())


def test_what_differs_inside_of_a_line_is_marked() -> None:
    page = plan_html(small())
    assert "colour: <mark>red</mark>" in page and "colour: <mark>blue</mark>" in page


def test_what_came_beside_a_changed_line_hides_no_mark() -> None:
    old, new = config_map("a", {"tag": "v1"}), config_map("a", {"tag": "v2", "user": "x"})
    page = plan_html(Plan("a", "b", (ComponentPlan("web", "eu", changes([old], [new])),), (), 1))
    assert "tag: <mark>v1</mark>" in page and "tag: <mark>v2</mark>" in page


def test_an_endless_difference_is_cut() -> None:
    new = {f"key{at}": "x" for at in range(5_000)}
    found = changes([config_map("a", {"a": "b"})], [config_map("a", new)])
    page = plan_html(Plan("a", "b", (ComponentPlan("web", "eu", found),), (), 1))
    assert "more lines: --output json has them" in page and len(page) < 500_000


Opened = Callable[[Plan], Awaitable[Browser]]


@pytest.fixture
async def opened(chromium: str, tmp_path: Path) -> Any:
    """The page of a plan in a real browser, from a file."""
    async with Browser(chromium) as found:

        async def show(plan: Plan) -> Browser:
            page = tmp_path / "plan.html"
            page.write_text(plan_html(plan), encoding="utf-8")
            await found.open(page)
            return found

        yield show
        assert found.said == []
        assert all(one.endswith("/plan.html") for one in found.asked)


SEEN = """[...document.querySelectorAll('.group')].filter(g => g.getClientRects().length)
  .map(g => g.querySelector('h2').textContent).join(' ')"""
DIFFS = "[...document.querySelectorAll('.diff')].filter(d => d.checkVisibility()).length"
LEFT = "[...document.querySelectorAll('.row.same > .now')].filter(d => d.checkVisibility()).length"


async def until(page: Browser, script: str, wanted: object) -> None:
    for _ in range(200):
        if (found := await page.run(script)) == wanted:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{found!r} is not {wanted!r}")


async def type_in(page: Browser, text: str) -> None:
    await page.press("/")
    await page.call("Input.insertText", text=text)


async def test_search_keeps_what_says_all_words(opened: Opened) -> None:
    page = await opened(small())
    assert await page.run(SEEN) == "web shop api"
    await type_in(page, "colour gre")
    await until(page, SEEN, "shop")
    assert await page.run("document.getElementById('count').textContent") == "1 of 3 changes"
    await type_in(page, "nowhere at all")
    await until(page, "document.getElementById('none').checkVisibility()", True)
    await page.press("Escape")
    await until(page, SEEN, "web shop api")


async def test_folding_by_button_by_key_and_by_search(opened: Opened) -> None:
    page = await opened(small())
    assert await page.run(DIFFS) == 3
    await page.run("document.getElementById('fold').click()")
    await until(page, DIFFS, 0)
    assert await page.run("document.getElementById('fold').textContent") == "Open all"
    await page.press("o")
    await until(page, DIFFS, 3)
    await page.press("c")
    await until(page, DIFFS, 0)
    await type_in(page, "replicas")
    await until(page, DIFFS, 1)
    await page.press("Escape")
    await until(page, DIFFS, 0)
    assert await page.run(SEEN) == "web shop api"


async def test_side_by_side_themes_and_the_keys(opened: Opened) -> None:
    page = await opened(small())
    assert await page.run(LEFT) == 0
    await page.press("s")
    assert await page.run(LEFT) > 0
    ground = "getComputedStyle(document.body).backgroundColor"
    assert await page.run(ground) == "rgb(247, 247, 245)"
    await page.press("t")
    assert await page.run(ground) == "rgb(14, 16, 19)"
    await page.press("j")
    await page.press("j")
    assert "ConfigMap" in await page.run("document.activeElement.textContent")
    await page.press("k")
    assert "web" in await page.run("document.activeElement.textContent")


async def test_the_theme_of_the_system(opened: Opened) -> None:
    page = await opened(small())
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    await page.call("Emulation.setEmulatedMedia", features=dark)
    assert await page.run("getComputedStyle(document.body).backgroundColor") == "rgb(14, 16, 19)"
    await page.call("Emulation.setEmulatedMedia", media="print", features=dark)
    assert await page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


async def test_hostile_names_and_values_are_text(opened: Opened) -> None:
    page = await opened(hostile())
    await asyncio.sleep(0.1)
    assert "owned" not in await page.run("document.title.split(':')[0]")
    assert await page.run("document.querySelectorAll('script, img').length") == 1
    assert "\u202e" not in await page.run("document.body.textContent")
