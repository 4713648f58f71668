"""Runs as rows, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Outcome, Run, Step

Row = Mapping[str, Any]


def run_row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "commit_id": run.commit,
        "author": run.author,
        "dry_run": run.dry_run,
        "started": run.started,
        "ended": run.ended,
        "outcome": run.outcome.value,
        "findings": orjson.dumps([one.as_json() for one in run.findings]).decode(),
    }


def result_rows(run: Run) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run.id,
            "position": position,
            "component": one.id,
            "cluster": one.cluster,
            "outcome": one.outcome.value,
            "health": one.health,
            "message": one.message,
            "unchanged": one.unchanged,
        }
        for position, one in enumerate(run.components)
    ]


def step_rows(run: Run) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run.id,
            "result": result,
            "position": position,
            **ref_columns(step.ref),
            "verb": step.verb,
            "phase": step.phase,
            "wave": step.wave,
            "outcome": step.outcome.value,
            "message": step.message,
            "started": step.started,
            "seconds": step.seconds,
        }
        for result, one in enumerate(run.components)
        for position, step in enumerate(one.steps)
    ]


def runs_of(runs: Iterable[Row], results: Sequence[Row], steps: Sequence[Row]) -> Iterator[Run]:
    """The runs again, in the order of their rows."""
    for row in runs:
        mine = [one for one in results if one["run_id"] == row["id"]]
        yield Run(
            row["id"],
            row["kind"],
            row["commit_id"],
            row["started"],
            row["ended"],
            Outcome(row["outcome"]),
            row["author"],
            bool(row["dry_run"]),
            tuple(_result(one, steps) for one in sorted(mine, key=lambda one: one["position"])),
            tuple(_finding(one) for one in orjson.loads(row["findings"])),
        )


def ref_columns(ref: Ref) -> dict[str, str]:
    return {
        "api_group": ref.group,
        "kind": ref.kind,
        "namespace": ref.namespace,
        "name": ref.name,
    }


def ref_of(row: Row) -> Ref:
    return Ref(row["api_group"], row["kind"], row["namespace"], row["name"])


def _result(row: Row, steps: Sequence[Row]) -> ComponentResult:
    mine = [
        one for one in steps if one["run_id"] == row["run_id"] and one["result"] == row["position"]
    ]
    return ComponentResult(
        row["component"],
        row["cluster"],
        Outcome(row["outcome"]),
        row["health"],
        row["message"],
        row["unchanged"],
        tuple(_step(one, row) for one in sorted(mine, key=lambda one: one["position"])),
    )


def _step(row: Row, result: Row) -> Step:
    return Step(
        result["component"],
        result["cluster"],
        ref_of(row),
        row["verb"],
        row["phase"],
        row["wave"],
        Outcome(row["outcome"]),
        row["message"],
        row["started"],
        row["seconds"],
    )


def _finding(said: Mapping[str, Any]) -> Finding:
    ref = said.get("ref")
    return Finding(
        said["rule"],
        said["message"],
        Severity(said["severity"]),
        said["file"],
        said["line"],
        said["component"],
        said["cluster"],
        Ref(**ref) if ref else None,
        said["remedy"],
    )
