"""The app that looks for drift: what somebody did to the infrastructure without a commit."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.core.infra.drift import DriftReport, longest_ago
from trunkline.engine.infra.drift import DriftCheck, Records
from trunkline.infra import check_units
from trunkline.infra_apply import ApplyApp


class DriftApp(ApplyApp):
    """Checks units of a commit. Every method raises StoreError, GitError, ProgramError."""

    async def drift(
        self, ids: Sequence[str] = (), revision: str = "HEAD", *, most: int = 0
    ) -> DriftReport:
        """Check these units, all where none is named, with `most` only those that were checked the
        longest ago. Raises UnknownComponent.
        """
        commit = self.repository.resolve(revision)
        units = await self.units().at(commit)
        check_units(ids, units)
        every = [one.id for one in units.units]
        chosen = [one for one in every if not ids or one in ids]
        if not chosen:
            return DriftReport(commit, (), 0)
        records = await self.records()
        if most:
            known = await records.of_all(chosen)
            due = set(longest_ago(chosen, known, most))
            chosen = [one for one in chosen if one in due]
        async with await self.site() as site:
            check = DriftCheck(site, units, commit, records, self.listener)
            found = await check.check(chosen)
        return DriftReport(commit, tuple(found), len(every))

    async def records(self) -> Records:
        return Records((await self.store()).vault)
