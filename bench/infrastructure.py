"""Infrastructure: finding units, and planning them, against the bare programs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import Machine
from bench.report import goals
from gitrepo import GitRepo
from programs import built
from trunkline.app.infra_plan import PlanApp
from trunkline.app.places import Places
from trunkline.core.infra.changed import changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.memory import Memory
from trunkline.edge.git import Repository
from trunkline.practice.install import SOURCE, install

UNITS = 1000
REGION = 50
PLANNED = 100
SIDE_BY_SIDE = 4
ROUNDS = 3

ROOT = """\
locals { region = read_terragrunt_config(find_in_parent_folders("region.hcl")) }
remote_state {
  backend = "local"
  config  = { path = "STATES/${path_relative_to_include()}.tfstate" }
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite"
  }
}
"""
UNIT = """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "${get_repo_root()}/modules/mMODULE"
}
locals {
  region = yamldecode(file(find_in_parent_folders("region.yaml")))
}
inputs = {
  name = "uNUMBER-${local.region.region}"
}
"""
MODULE = """\
variable "name" {}
resource "terraform_data" "x" { input = var.name }
output "name" { value = var.name }
"""
PROVIDED = f"""\
variable "name" {{}}
terraform {{
  required_providers {{ practice = {{ source = "{SOURCE}" }} }}
}}
resource "practice_bucket" "x" {{ name = var.name }}
output "name" {{ value = var.name }}
"""
# One unit of resources that are built in, and one of the practice cloud's provider.
BUILT_IN_UNIT, PROVIDED_UNIT = "live/r3/u160", "live/r3/u161"
# The commits that change each, the newest last.
ONES = {BUILT_IN_UNIT: "HEAD", PROVIDED_UNIT: "HEAD~1"}
PLAIN = f"""\
terraform {{
  backend "local" {{ path = "STATES/NUMBER.tfstate" }}
  required_providers {{ practice = {{ source = "{SOURCE}" }} }}
}}
resource "practice_bucket" "x" {{ name = "bucket-NUMBER" }}
"""
SETTINGS = (
    f"infra: {{environment: [PRACTICE_*, TF_DISABLE_PLUGIN_TLS], parallelism: {SIDE_BY_SIDE}}}"
)


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """Seconds. `bare` is the program in each directory, `shown` with its JSON as well."""

    find: float
    anew: float
    again: float
    changed: float
    bare: float
    shown: float
    planned: float
    one_bare: float
    one_planned: float
    one_inside: float
    provided_bare: float
    provided_planned: float
    provided_inside: float


def measure() -> Infrastructure:
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        tofu, terragrunt = built.tofu(print), built.terragrunt(print)
        env = environment(root, tofu, terragrunt)
        many = thousand(root)
        find = best(lambda: run([terragrunt, *FIND], many.path, env))
        found = discovery(many)
        planned = hundred(root, tofu, env)
        built_in, provided = one_of_many(many, root, terragrunt, env)
        return Infrastructure(find, *found, *planned, *built_in, *provided)


FIND = ("find", "--json", "--dag", "--dependencies", "--reading")


def environment(root: Path, tofu: Path, terragrunt: Path) -> dict[str, str]:
    practice = install(root / "practice")
    plugins = root / "plugins"
    plugins.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "CHECKPOINT_DISABLE": "1",
        "TF_PLUGIN_CACHE_DIR": str(plugins),
        "TG_TF_PATH": str(tofu),
        "TG_NON_INTERACTIVE": "true",
        "TRUNKLINE_TOFU": str(tofu),
        "TRUNKLINE_TERRAGRUNT": str(terragrunt),
        **practice.environment(root / "cloud.json"),
    }


def thousand(root: Path) -> GitRepo:
    files = {"live/root.hcl": ROOT.replace("STATES", str(root / "states"))}
    files["trunkline.yaml"] = SETTINGS
    for number in range(20):
        files[f"modules/m{number}/main.tf"] = PROVIDED if number == 1 else MODULE
    for number in range(UNITS):
        region = f"live/r{number // REGION}"
        files[f"{region}/region.hcl"] = f'locals {{ region = "{region}" }}\n'
        files[f"{region}/region.yaml"] = f"region: {region}\n"
        unit = UNIT.replace("MODULE", str(number % 20)).replace("NUMBER", str(number))
        files[f"{region}/u{number}/terragrunt.hcl"] = unit
    repo = GitRepo(root / "thousand").write(files)
    repo.commit("a thousand units")
    for unit in reversed(ONES):
        file = f"{unit}/terragrunt.hcl"
        repo.write({file: f"{files[file]}\n#"})
        repo.commit("one of them")
    # As a clone has it: thousands of loose trees take each command of git ten times as long.
    run(["git", "repack", "-adq"], repo.path, os.environ)
    return repo


def discovery(many: GitRepo) -> tuple[float, float, float]:
    """Anew, with everything remembered, and the changed units of a commit that changes one."""
    repository, memory = Repository.open(many.path), Memory()

    def found(known: Memory) -> None:
        assert len(discover_units(repository.again().snapshot("HEAD"), None, known).units) == UNITS

    def changed() -> None:
        base, head = repository.again().snapshot("HEAD~1"), repository.again().snapshot("HEAD")
        paths = repository.changed_paths("HEAD~1", "HEAD")
        units = [discover_units(one, None, memory) for one in (base, head)]
        assert len(changed_units(*units, paths, base, head)) == 1

    anew = best(lambda: found(Memory()))
    found(memory)
    return anew, best(lambda: found(memory)), best(changed)


def hundred(root: Path, tofu: Path, env: Mapping[str, str]) -> list[float]:
    """Plans of a hundred root modules that are initialised: only planning is measured."""
    repo = GitRepo(root / "hundred").write({"trunkline.yaml": SETTINGS})
    repo.commit("nothing")
    states = str(root / "states")
    for number in range(PLANNED):
        text = PLAIN.replace("STATES", states).replace("NUMBER", str(number))
        repo.write({f"u{number}/main.tf": text})
    head = repo.commit("a hundred units")
    folders = [repo.path / f"u{number}" for number in range(PLANNED)]
    for one in folders:
        run([tofu, "init", "-input=false"], one, env)
    words = ("plan", "-input=false", "-out=plan")

    def both(one: Path) -> None:
        run([tofu, *words], one, env)
        run([tofu, "show", "-json", "plan"], one, env)

    machine = Machine(repo.path, root / "machine", more=tuple(env.items()))
    span = ("infra", "plan", f"{head}~1..{head}", "--output", "json")
    machine.run(*span)
    return by_turns(
        lambda: beside(folders, lambda one: run([tofu, *words], one, env)),
        lambda: beside(folders, both),
        lambda: machine.run(*span),
    )


def one_of_many(
    many: GitRepo, root: Path, terragrunt: Path, env: Mapping[str, str]
) -> Iterator[list[float]]:
    """Of each commit that changes one unit: its bare plan, our command, and ours in a process that
    runs already, by an app of its own."""
    copies = {**env, "TG_DOWNLOAD_DIR": str(root / "copies")}
    words = (terragrunt, "run", "--", "plan", "-input=false", f"-out={root / 'one.plan'}")
    machine = Machine(many.path, root / "machine", more=tuple(env.items()))

    async def planned(commit: str) -> None:
        async with await PlanApp.open(str(many.path), Places.of_environment()) as app:
            assert len((await app.plan_infra(f"{commit}~1", commit)).units) == 1

    with seeing(machine.environment):
        for unit, commit in ONES.items():
            span = ("infra", "plan", f"{commit}~1..{commit}", "--output", "json")
            ways: tuple[Callable[[], object], ...] = (
                partial(run, words, many.path / unit, copies),
                partial(machine.run, *span),
                lambda commit=commit: asyncio.run(planned(commit)),
            )
            for one in ways:
                one()
            yield by_turns(*ways)


@contextlib.contextmanager
def seeing(environment: Mapping[str, str]) -> Iterator[None]:
    """For as long as the block runs this process sees what a command would."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def by_turns(*ways: Callable[[], object]) -> list[float]:
    """The best of each in several rounds: the speed of a machine changes from minute to minute."""
    rounds = [[seconds(one) for one in ways] for _ in range(ROUNDS)]
    return [min(some) for some in zip(*rounds, strict=True)]


def beside(folders: Sequence[Path], work: Callable[[Path], object]) -> None:
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(work, folders))


def run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=dict(env), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[1]} failed in {folder}: {done.stderr[-2000:]}")


def best(work: Callable[[], object]) -> float:
    return min(seconds(work) for _ in range(ROUNDS))


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def lines(found: Infrastructure) -> list[str]:
    """The figures as a section of the page."""
    what = (
        f"{UNITS} Terragrunt units in {UNITS // REGION} regions; {PLANNED} root modules of the "
        f"practice provider, {SIDE_BY_SIDE} at a time, initialised before. Discovery is measured "
        "in the process, the rest are whole commands."
    )
    rows = (
        ("`terragrunt find`", found.find, None),
        ("discovery, nothing is known", found.anew, 1.2 * found.find),
        ("discovery, nothing that it reads changed", found.again, 0.5),
        ("changed units of a commit, both sides", found.changed, None),
        (f"`tofu plan` in {PLANNED} directories", found.bare, None),
        ("the same with `tofu show -json`", found.shown, None),
        (f"`trunkline infra plan` of the {PLANNED}", found.planned, 1.1 * found.bare),
        (f"`terragrunt plan` of one of {UNITS}, built in", found.one_bare, None),
        ("`trunkline infra plan` of it", found.one_planned, 1.5 * found.one_bare),
        ("the same in a process that runs", found.one_inside, 1.5 * found.one_bare),
        (f"`terragrunt plan` of one of {UNITS}, a provider", found.provided_bare, None),
        ("`trunkline infra plan` of it", found.provided_planned, 1.5 * found.provided_bare),
        ("the same in a process that runs", found.provided_inside, 1.5 * found.provided_bare),
    )
    return ["## Infrastructure", "", what, "", *goals(rows)]
