"""`trunkline schema`: the JSON Schemas of what goes in and comes out."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from trunkline.cli.options import AsText, Output
from trunkline.cli.plain import write, write_json
from trunkline.core.report.schema import (
    infra_apply_schema,
    infra_drift_schema,
    infra_plan_schema,
    plan_schema,
    run_schema,
)
from trunkline.core.yaml import dump
from trunkline.settings.file import settings_schema
from trunkline.settings.sources import sources_schema


class Subject(StrEnum):
    SETTINGS = "settings"
    SOURCES = "sources"
    PLAN = "plan"
    RUN = "run"
    INFRA_PLAN = "infra-plan"
    INFRA_APPLY = "infra-apply"
    INFRA_DRIFT = "infra-drift"


SCHEMAS = {
    Subject.SETTINGS: settings_schema,
    Subject.SOURCES: sources_schema,
    Subject.PLAN: plan_schema,
    Subject.RUN: run_schema,
    Subject.INFRA_PLAN: infra_plan_schema,
    Subject.INFRA_APPLY: infra_apply_schema,
    Subject.INFRA_DRIFT: infra_drift_schema,
}

Of = Annotated[Subject, typer.Argument(help="settings is trunkline.yaml, sources this machine's.")]


def schema(subject: Of = Subject.SETTINGS, output: AsText = Output.JSON) -> None:
    """Print a JSON Schema: of trunkline.yaml for editors, of a plan or a run for scripts.

    With --output text it is YAML.

    Example: trunkline schema > .vscode/trunkline.schema.json
    """
    found = SCHEMAS[subject]()
    if output is Output.JSON:
        write_json(found)
    else:
        write(dump(found))
