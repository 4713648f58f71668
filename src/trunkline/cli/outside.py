"""Whether what is planned comes from outside: as it is said, or as the CI says of a fork.

A job that plans pull requests need not be told; what it is told counts before what it sees.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

Untrusted = Annotated[
    bool | None,
    typer.Option(
        "--untrusted/--trusted",
        envvar="TRUNKLINE_UNTRUSTED",
        help="Whether the commits come from outside, as from a fork; else what the CI says.",
        show_default=False,
    ),
]


def from_outside(said: bool | None, machine: Mapping[str, str] | None = None) -> bool:
    """`said` is the option; without it a pull request of a fork is told by the CI's variables."""
    machine = os.environ if machine is None else machine
    return said if said is not None else _of_fork(machine)


def _of_fork(machine: Mapping[str, str]) -> bool:
    # docs.gitlab.com, "Predefined CI/CD variables".
    source = machine.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "")
    if source and source != machine.get("CI_MERGE_REQUEST_PROJECT_ID", source):
        return True
    # docs.github.com, "Webhook events and payloads": what a workflow is started by.
    event = machine.get("GITHUB_EVENT_PATH", "")
    if not event or not machine.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return False
    try:
        request = json.loads(Path(event).read_text())["pull_request"]
        return _repository(request, "head") != _repository(request, "base")
    except (OSError, ValueError, KeyError, TypeError):
        # Of a pull request that cannot be read nothing is trusted.
        return True


def _repository(request: Mapping[str, Any], side: str) -> int | None:
    """The id of a side's repository; None for a fork that was deleted."""
    found = request[side]["repo"]
    return found["id"] if found else None
