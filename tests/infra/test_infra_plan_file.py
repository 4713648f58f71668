"""A saved plan's file read by us, held against what the program itself prints of it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from practice.site import Site
from trunkline.core.infra.plan.copies import MASK
from trunkline.core.infra.plan.read import (
    drift_changes,
    output_changes,
    resource_changes,
)
from trunkline.core.infra.plan.secrets import secrets_in
from trunkline.core.infra.planfile.archive import unpacked
from trunkline.core.infra.planfile.read import PlanFile, Shapes
from trunkline.core.infra.planfile.schemas import schema_in, schemas_in
from trunkline.core.infra.planfile.shapes import of_block
from trunkline.edge.programs.found import find_programs
from trunkline.practice.install import Practice

CODE = Path(__file__).parent / "planfile"
GIVEN = 'given = { user = "somebody", key = "key-of-a-variable" }\n'
PLANS = ("made", "drifted", "changed", "gone")
READERS: tuple[Callable[[Mapping[str, Any]], Any], ...] = (
    resource_changes,
    output_changes,
    drift_changes,
    secrets_in,
)


class Both(Struct, frozen=True):
    """A plan as we read it and as the program prints it."""

    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]


class Printed(Struct, frozen=True):
    """What a program left and printed of each plan."""

    kind: str
    version: str
    files: Mapping[str, bytes]
    shown: Mapping[str, Mapping[str, Any]]
    shapes: Shapes

    def both(self, name: str) -> Both:
        return Both(self.file(name).told(self.shapes), self.shown[name])

    def file(self, name: str) -> PlanFile:
        return PlanFile.of(unpacked(self.files[name]), self.kind, self.version)


@pytest.fixture(scope="module", params=["tofu", "terraform"])
def printed(
    request: pytest.FixtureRequest,
    tofu: Path,
    practice_provider: Practice,
    infra_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Printed:
    program = tofu if request.param == "tofu" else request.getfixturevalue("terraform")
    folder = tmp_path_factory.mktemp(request.param)
    return asyncio.run(_printed(request.param, program, folder, infra_cache, practice_provider))


async def _printed(
    kind: str, program: Path, folder: Path, cache: Path, practice: Practice
) -> Printed:
    programs = await find_programs(kind, {f"TRUNKLINE_{kind.upper()}": str(program)})
    site = Site(folder, cache, programs, practice)
    shutil.copytree(CODE / "module", folder / "module")
    (folder / "terraform.tfvars").write_text(GIVEN)
    files, shown = {}, {}

    async def plan(name: str, *words: str) -> None:
        shown[name] = await site.plan(*words)
        files[name] = (folder / "saved").read_bytes()

    (folder / "main.tf").write_text((CODE / "before.tf").read_text())
    await site.ok("init")
    await plan("made")
    assert (await site.apply()).code == 0
    imported = happens_outside(site)
    await plan("drifted", "-refresh-only")
    text = (CODE / "after.tf").read_text().replace("IMPORTED", imported)
    (folder / "main.tf").write_text(text)
    await plan("changed", "-replace=practice_bucket.logs[1]")
    (folder / "main.tf").write_text((CODE / "before.tf").read_text())
    await plan("gone", "-destroy")
    shapes = {
        provider: {kind: of_block(schema_in(packed).block) for kind, packed in them.items()}
        for provider, them in schemas_in(await site.ok("providers", "schema", "-json")).items()
    }
    return Printed(kind, programs.terraform.version, files, shown, shapes)


def happens_outside(site: Site) -> str:
    """Somebody changes the cloud, and an apply was cut short; the id of a bucket to import."""
    site.edit("network", "main", zones=["a"], tags={"team": "somebody"})
    site.edit("database", "orders", password="changed-outside-1", url="postgres://changed-outside")
    site.forget("bucket", "lost")
    state = json.loads((site.folder / "terraform.tfstate").read_text())
    for one in state["resources"]:
        if one["name"] == "tainted":
            one["instances"][0]["status"] = "tainted"
        if one["name"] == "deposed":
            one["instances"].append({**one["instances"][0], "deposed": "0123abcd"})
    (site.folder / "terraform.tfstate").write_text(json.dumps(state))
    with site.cloud.changing() as world:
        objects = world.objects("bucket")
        made = {**next(iter(objects.values())), "id": "bkt-imported", "name": "imported"}
        objects["bkt-imported"] = made
    return "bkt-imported"


@pytest.mark.parametrize("name", PLANS)
def test_both_say_the_same(printed: Printed, name: str) -> None:
    both = printed.both(name)
    for read in READERS:
        # Their texts differ also where 1.0 stands for 1, or keys stand in another order.
        assert repr(read(both.ours)) == repr(read(both.theirs)), read.__name__


@pytest.mark.parametrize("name", ("made", "changed"))
def test_what_the_schema_calls_sensitive_is_masked_though_the_plan_does_not_mark_it(
    printed: Printed, name: str
) -> None:
    file = printed.file(name)
    resources = tuple(
        replace(one, change=replace(one.change, before_marks=(), after_marks=()))
        for one in file.plan.resources
        if one.address.startswith("practice_")
    )
    unmarked = replace(file, plan=replace(file.plan, resources=resources)).told(printed.shapes)
    theirs = resource_changes(printed.shown[name])
    assert resource_changes(unmarked) == tuple(
        one for one in theirs if one.address.startswith("practice_")
    )


def test_the_plans_hold_what_there_is(printed: Printed) -> None:
    changed = printed.both("changed").ours
    found = {one.address: one for one in resource_changes(changed)}
    verbs = {one.verb.value for one in found.values()}
    assert verbs == {"create", "update", "replace", "delete", "forget", "move", "import"}
    assert found["practice_bucket.moved"].was == "practice_bucket.moves"
    assert found["practice_bucket.tainted"].reason == "it is tainted"
    assert found["practice_bucket.logs[1]"].reason == "it was asked for"
    assert found["terraform_data.triggered"].reason == "replace_triggered_by"
    assert found["practice_bucket.deposed (deposed 0123abcd)"].verb == "delete"
    assert found["terraform_data.first"].create_first
    values = {one.path: one.after for one in found["terraform_data.values"].attributes}
    assert values["input.large"] == 12345678901234567890124
    assert MASK in repr(found["practice_load_balancer.web"])
    assert [one.address for one in drift_changes(printed.both("drifted").ours)] == [
        "practice_bucket.lost",
        "practice_database.orders",
        "practice_network.main",
    ]
    assert {one.verb.value for one in output_changes(changed)} == {"create", "update", "delete"}
    assert "key-of-a-variable" in secrets_in(changed)
    assert "listed-secret-2" in secrets_in(changed)
