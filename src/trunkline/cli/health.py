"""`trunkline health`: what the health rules say of live objects."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.console import escape, show_table
from trunkline.cli.health_rules import rules_at
from trunkline.cli.options import AsPlan, Debug, PlanOutput
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import FAILED, Failure, run, tell
from trunkline.cli.signs import state
from trunkline.core.argo.customizations import Customizations
from trunkline.core.health import Health
from trunkline.core.manifest import Manifest, NotAManifest, Ref, checked, flattened
from trunkline.core.report.health_kinds import kinds_markdown, rule_rows
from trunkline.core.yaml import YamlError, documents
from trunkline.edge.render.lua import LuaRules
from trunkline.engine.judge import Judge

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="Files of YAML or JSON; - or none for stdin."),
]


Rules = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="PATH",
        help="Rules in Lua: a folder <group>/<kind>/health.lua, or a file with argocd-cm.",
    ),
]
List = Annotated[bool, typer.Option("--list", help="Print which kinds have rules, and stop.")]


def health(
    files: Files = None,
    rules: Rules = None,
    listed: List = False,
    output: AsPlan = PlanOutput.TEXT,
    debug: Debug = False,
) -> None:
    """Print the health of live objects, in the order they come in.

    With --rules as Argo CD's own rules in Lua say it; the exit code is 1 where one of them fails.

    Example: kubectl get deploy,sts,job -A -o yaml | trunkline health -
    """
    work = _kinds(output) if listed else _health(files or [Path("-")], rules or [], output)
    run(work, debug=debug)


async def _kinds(output: PlanOutput) -> None:
    if output is PlanOutput.JSON:
        write_json([one.as_json() for one in rule_rows()])
    elif output is PlanOutput.MARKDOWN:
        write(kinds_markdown())
    else:
        rows = ((one.group or "core", ", ".join(one.kinds), one.reads) for one in rule_rows())
        cells = ([escape(cell) for cell in row] for row in rows)
        show_table(("GROUP", "KINDS", "READ"), cells)


async def _health(files: list[Path], rules: list[Path], output: PlanOutput) -> int:
    lua = LuaRules()
    judge = Judge(rules_at(rules), lua)
    try:
        await _check(judge.customizations, lua, judge.failures)
        judged = [(Ref.of(one), await judge.health(one)) for f in files for one in objects(f)]
    finally:
        await lua.close()
    _print(judged, output)
    for said in judge.failures:
        tell(said)
    return FAILED if judge.failures else 0


async def _check(rules: Customizations, lua: LuaRules, failures: list[str]) -> None:
    """What is wrong with the rules themselves, whether they judge an object here or not."""
    failures += [f"{one.place}: {one.message}" for one in rules.findings]
    for rule in rules.rules:
        if said := await lua.mistake(rule):
            failures.append(said)


def _print(judged: list[tuple[Ref, Health]], output: PlanOutput) -> None:
    if output is PlanOutput.JSON:
        write_json(
            [
                {"ref": ref.as_json(), "status": said.status.value, "message": said.message}
                for ref, said in judged
            ]
        )
        return
    rows = (
        (escape(str(ref)), state(said.status.value), escape(said.message)) for ref, said in judged
    )
    show_table(("OBJECT", "HEALTH", ""), rows)


def objects(file: Path) -> Iterator[Manifest]:
    """The objects of a file, lists opened. Raises Failure naming the file and the line."""
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        for document in documents(data):
            if document.value is not None:
                yield from flattened(checked(document.value))
    except (YamlError, NotAManifest) as error:
        raise Failure(f"{'stdin' if str(file) == '-' else file}: {error}") from None
