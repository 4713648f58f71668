"""The page around a plan: head, cards, map, and what the style and the script need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.core.change import Action, Plan
from trunkline.core.groups import Group, grouped
from trunkline.core.report.html.assets import asset, policy
from trunkline.core.report.html.markup import Markup, join, tag
from trunkline.core.report.html.parts import findings, group_fold, is_much, unchanged
from trunkline.core.report.html.stations import stations
from trunkline.core.report.importance import counted, many, sums, told_once, warnings

_LOGO = Markup(
    '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" class="logo">'
    '<path d="M4 2v16M4 9h7a4 4 0 0 1 4 4v5" fill="none" stroke="currentColor" '
    'stroke-width="2.4" stroke-linecap="round"/></svg>'
)

# Folds beyond these are closed where there is much.
_OPEN = 6

_KEYS = (
    ("/", "search"),
    ("j k", "next, previous"),
    ("Enter", "open or close"),
    ("o c", "open, close all"),
    ("s", "side by side"),
    ("t", "light or dark"),
)


def plan_html(plan: Plan) -> str:
    """One self-contained page. It asks for nothing, and works without its script."""
    groups = grouped(plan.components)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Plan {_span(plan)}: {counted(plan.counts) or 'no changes'}"),
        tag("style", Markup(asset("page.css"))),
    )
    body = tag(
        "body",
        tag("input", type="checkbox", id="split", class_="unseen", aria_label="Side by side"),
        tag("div", _aside(plan, groups), tag("main", *_main(plan, groups)), class_="whole"),
        tag("script", Markup(asset("page.js"))),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _span(plan: Plan) -> str:
    base = plan.base if plan.base == "live" else plan.base[:8]
    return f"{base}..{plan.head[:8]}"


def _main(plan: Plan, groups: Sequence[Group]) -> Iterator[Markup | None]:
    yield _top(plan)
    yield tag("section", *_cards(plan, groups), class_="cards", aria_label="Sums")
    yield _commits(plan)
    yield _warnings(groups)
    if len(groups) > 1 or any(len(one.members) > 1 for one in groups):
        yield stations(groups)
    much = is_much(groups)
    folds = [
        group_fold(at, group, opened=not much or at < _OPEN) for at, group in enumerate(groups)
    ]
    yield tag("section", *folds, id="groups", aria_label="Changes")
    yield tag("p", "Nothing here says that.", id="none", class_="panel nothing", hidden=True)
    if not groups:
        yield tag("p", tag("b", "✓", class_="good"), " Nothing changes.", class_="panel nothing")
    yield findings(told_once(plan))
    yield unchanged(plan.unchanged)


def _top(plan: Plan) -> Markup:
    what = "against the clusters now" if plan.base == "live" else "between two commits"
    where = tag("span", tag("code", _span(plan)), f" {what}", class_="soft")
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


def _cards(plan: Plan, groups: Sequence[Group]) -> Iterator[Markup]:
    total = sum(plan.counts.values())
    yield _card("Changes", str(total), many(total, "object").split(" ", 1)[1], _bar(plan))
    arrives = [one for one in plan.components if one.changes]
    changed, clusters = len(arrives), len({one.cluster for one in arrives})
    looked = f"{plan.considered} looked at, {many(clusters, 'cluster')}"
    yield _card("Arrives at", str(changed), many(changed, "component").split(" ", 1)[1], looked)
    broken = sum(bool(one.error) for one in plan.components)
    needs = len(warnings(groups)) + broken
    gone = plan.counts[Action.DELETE.value]
    said = f"{many(gone, 'object')} deleted" if gone else "nothing is deleted"
    yield _card("Needs you", str(needs), "warnings" if needs != 1 else "warning", said, bad=needs)
    alike = len(plan.components) - len(groups)
    spelled = sum(one.spelled for one in (*plan.components, *plan.unchanged))
    told = [
        f"{many(spelled, 'field')} spelled otherwise" if spelled else "",
        f"{many(plan.moved, 'object')} moved" if plan.moved else "",
    ]
    rest = ", ".join(filter(None, told)) or "the same is shown once"
    yield _card(
        "Folded away", str(alike), "component alike" if alike == 1 else "components alike", rest
    )


def _card(title: str, number: str, word: str, rest: Markup | str, *, bad: int = 0) -> Markup:
    value = tag("b", number, class_="bad" if bad else "")
    return tag(
        "div",
        tag("div", title, class_="soft"),
        tag("div", value, " ", word, class_="number"),
        tag("div", rest, class_="soft"),
        class_="panel card",
    )


def _bar(plan: Plan) -> Markup:
    """The shares of the actions as a bar, and beside it in words."""
    total, at, parts = sum(plan.counts.values()), 0.0, []
    for action, number in sums(plan.counts):
        width = 100 * number / total
        parts.append(
            tag(
                "rect",
                x=f"{at:.2f}",
                width=f"{max(width - 0.8, 0.8):.2f}",
                y="0",
                height="4",
                rx="2",
                class_=action.value,
            )
        )
        at += width
    bar = tag(
        "svg",
        *parts,
        viewBox="0 0 100 4",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )
    return join([bar, tag("span", counted(plan.counts) or "none")])


def _commits(plan: Plan) -> Markup | None:
    if not plan.commits:
        return None
    items = [
        tag(
            "li",
            tag("b", one.subject),
            " ",
            tag("span", one.author, " ", tag("code", one.id[:8]), class_="soft"),
        )
        for one in plan.commits
    ]
    return tag("ol", *items, class_="panel commits", aria_label="Commits")


def _warnings(groups: Sequence[Group]) -> Markup | None:
    told = warnings(groups)
    if not told:
        return None
    items = [tag("li", tag("b", "!", class_="held"), " ", line) for line in told[:40]]
    return tag("ul", *items, class_="panel warnings", aria_label="Warnings")


def _aside(plan: Plan, groups: Sequence[Group]) -> Markup:
    links = [
        tag("a", tag("span", group.sample.id), tag("small", _size(group)), href=f"#g{at}")
        for at, group in enumerate(groups)
    ]
    if told := told_once(plan):
        links.append(
            tag(
                "a",
                tag("span", "Findings"),
                tag("small", str(len(told))),
                href="#findings",
            )
        )
    keys = [tag("div", tag("kbd", key), " ", said) for key, said in _KEYS]
    return tag(
        "aside",
        tag("div", _LOGO, tag("b", "Trunkline"), class_="brand"),
        tag("nav", *links, aria_label="Components"),
        tag("div", *keys, class_="keys"),
    )


def _size(group: Group) -> str:
    others = len(group.members) - 1
    return f"+{others}" if others else ""
