"""Whether what is planned comes from outside: as it is said, or as the CI says of a fork.

A job that plans pull requests need not be told; what it is told counts before what it sees.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from msgspec import Struct

from trunkline.cli.running import Failure
from trunkline.settings.heeded import Trust

T = TypeVar("T")
Untrusted = Annotated[
    bool | None,
    typer.Option(
        "--untrusted/--trusted",
        envvar="TRUNKLINE_UNTRUSTED",
        help="Whether the commits come from outside, as from a fork; else what the CI says.",
        show_default=False,
    ),
]


class Refusal(Struct, frozen=True):
    """What is not done for commits from outside, why, and what to type instead."""

    what: str
    why: str
    instead: str

    def unless_trusted(self, said: bool | None) -> None:
        """Raises Failure where the commits come from outside; `said` is the option."""
        if from_outside(said):
            told = f"{self.what} for a change from outside: {self.why}"
            raise Failure(told, f"{self.instead}; or --trusted, where you vouch for its commits")

    async def before(self, work: Coroutine[Any, Any, T], said: bool | None) -> T:
        """The work, unless the commits come from outside. Raises Failure."""
        with contextlib.closing(work):
            self.unless_trusted(said)
            return await work


_RUNS = "that runs its code, with credentials"
_CHOOSES = "it would choose which, and read what is there"
APPLIED = Refusal("nothing is applied", _RUNS, "merge it, then trunkline infra apply")
ASKED = Refusal("clusters are not asked", _CHOOSES, "trunkline plan BASE..HEAD needs none")
CHANGED = Refusal("clusters are not changed", "nobody has merged it", "merge it, then sync")
CHECKED = Refusal("drift is not checked", _RUNS, "look on the branch that is applied")
IMPORTED = Refusal("nothing is imported", _RUNS, "import on the branch that is applied")
READ = Refusal("outputs are not read", _RUNS, "trunkline infra outputs, without a unit, needs none")
UNLOCKED = Refusal("no state is unlocked", _RUNS, "unlock on the branch that is applied")


def from_outside(said: bool | None, machine: Mapping[str, str] | None = None) -> bool:
    """`said` is the option; without it a pull request of a fork is told by the CI's variables."""
    machine = os.environ if machine is None else machine
    return said if said is not None else _of_fork(machine)


def trust_of(said: bool | None) -> Trust:
    """How far commits are trusted that are looked at by themselves, without a base."""
    return Trust.NOBODY if from_outside(said) else Trust.OWN


def _of_fork(machine: Mapping[str, str]) -> bool:
    # docs.gitlab.com, "Predefined CI/CD variables".
    source = machine.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "")
    if source and source != machine.get("CI_MERGE_REQUEST_PROJECT_ID"):
        return True
    # docs.github.com, "Events that trigger workflows".
    judge = _EVENTS.get(machine.get("GITHUB_EVENT_NAME", ""))
    if judge is None:
        return False
    try:
        return judge(json.loads(Path(machine["GITHUB_EVENT_PATH"]).read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        # Of a pull request that cannot be read nothing is trusted.
        return True


Event = Mapping[str, Any]


def _request(event: Event) -> bool:
    request = event["pull_request"]
    return _id(request["head"]["repo"]) != _id(request["base"]["repo"])


def _run_after(event: Event) -> bool:
    return _id(event["workflow_run"]["head_repository"]) != _id(event["repository"])


def _comment(event: Event) -> bool:
    """A comment on a pull request does not say where that comes from."""
    return "pull_request" in event["issue"]


def _id(repository: Event | None) -> int | None:
    """None for a fork that was deleted."""
    found: int | None = repository["id"] if repository else None
    return found


_EVENTS: Mapping[str, Callable[[Event], bool]] = {
    "pull_request": _request,
    "pull_request_target": _request,
    "pull_request_review": _request,
    "pull_request_review_comment": _request,
    "workflow_run": _run_after,
    "issue_comment": _comment,
}
