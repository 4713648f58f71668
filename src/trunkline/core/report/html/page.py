"""The page around a plan: head, sums, warnings, and what the style and the script need.

A plan has two parts, its Applications and its infrastructure; each says what it puts on the page
(`Part`), and the page lays out one or both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.core.change import Plan, PlannedCommit
from trunkline.core.groups import grouped
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.core.report.html.applications import applications
from trunkline.core.report.html.assets import asset, policy
from trunkline.core.report.html.folds import findings, is_much
from trunkline.core.report.html.infrastructure import infrastructure
from trunkline.core.report.html.markup import Markup, tag
from trunkline.core.report.html.part import Part, card, link

_LOGO = Markup(
    '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" class="logo">'
    '<path d="M4 2v16M4 9h7a4 4 0 0 1 4 4v5" fill="none" stroke="currentColor" '
    'stroke-width="2.4" stroke-linecap="round"/></svg>'
)

_KEYS = (
    ("/", "search"),
    ("j k", "next, previous"),
    ("Enter", "open or close"),
    ("o c", "open, close all"),
    ("s", "side by side"),
    ("t", "light or dark"),
)
_WARNINGS = 40


def plan_html(plan: Plan, infra: InfraPlan | None = None) -> str:
    """One self-contained page. It asks for nothing, and works without its script."""
    groups = grouped(plan.components)
    much = is_much(groups, infra.units if infra else ())
    parts = [applications(plan, groups, much=much)]
    parts += [infrastructure(infra, much=much)] if infra else []
    return _page(plan.base, plan.head, plan.commits, parts)


def infra_html(plan: InfraPlan) -> str:
    """The same page for infrastructure alone."""
    part = infrastructure(plan, much=is_much((), plan.units))
    return _page(plan.base, plan.head, plan.commits, [part])


def _page(base: str, head: str, commits: Sequence[PlannedCommit], parts: Sequence[Part]) -> str:
    span = f"{base if base == 'live' else base[:8]}..{head[:8]}"
    total = "; ".join(filter(None, (one.total for one in parts)))
    top = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Plan {span}: {total or 'no changes'}"),
        tag("style", Markup(asset("page.css"))),
    )
    main = tag("main", _top(span), *_main(commits, parts))
    body = tag(
        "body",
        tag("input", type="checkbox", id="split", class_="unseen", aria_label="Side by side"),
        tag("div", _aside(parts), main, class_="whole"),
        tag("script", Markup(asset("page.js"))),
    )
    return f"<!doctype html>\n{tag('html', top, body, lang='en')}\n"


def _main(commits: Sequence[PlannedCommit], parts: Sequence[Part]) -> Iterator[Markup | None]:
    yield tag("section", *_cards(parts), class_="cards", aria_label="Sums")
    yield _commits(commits)
    yield _warnings(parts)
    for one in parts:
        name = tag("h2", one.name) if len(parts) > 1 else None
        yield tag("section", name, *one.body, class_="part", aria_label=one.name)
    yield tag("p", "Nothing here says that.", id="none", class_="panel nothing", hidden=True)
    yield findings([told for one in parts for told in one.findings])


def _top(span: str) -> Markup:
    commit = span.removeprefix("live..")
    what = "against the clusters now" if commit != span else "between two commits"
    where = tag("span", tag("code", commit), f" {what}", class_="soft")
    search = tag(
        "label",
        tag(
            "input",
            type="search",
            id="search",
            autocomplete="off",
            spellcheck="false",
            placeholder="Find a component, object, field, value …",
            aria_label="Search",
        ),
        tag("kbd", "/"),
        class_="search",
    )
    return tag(
        "header",
        tag("h1", "Plan"),
        where,
        tag("output", id="count", class_="soft", aria_live="polite"),
        search,
        tag("label", "Side by side", for_="split", class_="button", tabindex=0, role="button"),
        tag("button", "Close all", type="button", id="fold", class_="button"),
        tag(
            "button",
            "◐",
            type="button",
            id="theme",
            class_="button",
            title="Light or dark",
            aria_label="Light or dark",
        ),
    )


def _cards(parts: Sequence[Part]) -> Iterator[Markup]:
    first, *others = parts
    needs = sum(one.needs for one in parts)
    said = ", ".join(filter(None, (one.gone for one in parts))) or "nothing is deleted"
    yield from first.cards
    yield card("Needs you", needs, "warning" if needs == 1 else "warnings", said, bad=bool(needs))
    for one in others:
        yield from one.cards
    for one in parts:
        yield from one.rest


def _commits(commits: Sequence[PlannedCommit]) -> Markup | None:
    if not commits:
        return None
    items = [
        tag(
            "li",
            tag("b", one.subject),
            " ",
            tag("span", one.author, " ", tag("code", one.id[:8]), class_="soft"),
        )
        for one in commits
    ]
    return tag("ol", *items, class_="panel commits", aria_label="Commits")


def _warnings(parts: Sequence[Part]) -> Markup | None:
    told = [line for one in parts for line in one.warnings]
    if not told:
        return None
    items = [tag("li", tag("b", "!", class_="held"), " ", line) for line in told[:_WARNINGS]]
    if (more := len(told) - _WARNINGS) > 0:
        items.append(tag("li", f"and {more} more"))
    return tag("ul", *items, class_="panel warnings", aria_label="Warnings")


def _aside(parts: Sequence[Part]) -> Markup:
    links: list[Markup] = []
    for one in parts:
        if len(parts) > 1 and one.links:
            links.append(tag("small", one.name, class_="head"))
        links += one.links
    if told := sum(len(one.findings) for one in parts):
        links.append(link("#findings", "Findings", str(told)))
    keys = [tag("div", tag("kbd", key), " ", said) for key, said in _KEYS]
    return tag(
        "aside",
        tag("div", _LOGO, tag("b", "Trunkline"), class_="brand"),
        tag("nav", *links, aria_label="Components"),
        tag("div", *keys, class_="keys"),
    )
