"""The app that takes resources into the code which no code names."""

from __future__ import annotations

import posixpath

from msgspec import Struct

from trunkline.app.infra import InfraApp, check_units
from trunkline.core.infra.hcl import HclError
from trunkline.core.infra.importing import ADDRESS, FILE, names_it, with_import, without_secrets
from trunkline.core.infra.plan.values import ResourceChange, UnitPlan
from trunkline.core.infra.reading import Files
from trunkline.core.infra.takeover import own_code
from trunkline.core.patch import patch_of
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.drift import PURPOSE
from trunkline.engine.infra.importing import Imported, plan_import


class NotImported(Trouble):
    """A resource that cannot be taken into a unit's code."""


class ImportPatch(Struct, frozen=True):
    """`patch` is "" where there is none; `change` is what the import would do besides."""

    patch: str
    plan: UnitPlan
    change: ResourceChange | None


class ImportApp(InfraApp):
    """Raises GitError, ProgramError."""

    async def import_patch(
        self, unit: str, address: str, id: str, revision: str = "HEAD"
    ) -> ImportPatch:
        """A patch that imports a resource. Raises UnknownComponent, NotImported."""
        commit = self.repository.resolve(revision)
        units = await self.units().at(commit)
        check_units((unit,), units)
        if not ADDRESS.fullmatch(address):
            raise NotImported(
                f"{address} is no address in a unit's own code",
                remedy="such as aws_s3_bucket.logs: a type and a name, no module and no index",
            )
        code = own_code(Files(self.repository.snapshot(commit)), units[unit].path)
        if not code:
            raise NotImported(
                f"{unit} has no code of its own: it is a module, which others may use",
                remedy="write the import block into the module, or into a unit with code",
            )
        known = any(names_it(text, address) for text in code.values())
        async with await self.site() as site:
            program = await site.program(units[unit], commit, PURPOSE)
            found = await plan_import(program, address, id, known=known)
        change = next((one for one in found.plan.changes if one.address == address), None)
        path = posixpath.join(units[unit].path, FILE)
        return ImportPatch(
            _patch(path, code.get(path, ""), (address, id), found, known=known), found.plan, change
        )


def _patch(path: str, old: str, asked: tuple[str, str], found: Imported, *, known: bool) -> str:
    """None where there is neither code for it nor a plan that goes."""
    if not found.generated and (found.plan.error or not known):
        return ""
    try:
        code = without_secrets(found.generated) if found.generated else ""
    except HclError:
        return ""
    return patch_of({path: (old, with_import(old, *asked, code))})
