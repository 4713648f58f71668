"""Which outputs of its dependencies a Terragrunt unit reads, by the names in its files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.hcl import Body, HclError
from trunkline.core.infra.hcl.evaluate import evaluate
from trunkline.core.infra.hcl.syntax import Expression, Name, parts_of
from trunkline.core.infra.plan.values import OutputChange, UnitPlan, Verb
from trunkline.core.infra.reading import Files, Reading, from_root
from trunkline.core.infra.terragrunt.config import Config
from trunkline.core.infra.terragrunt.unit import UNIT_FILE
from trunkline.core.infra.unit import Unit, UnitKind

Names = frozenset[str] | None
"""The outputs that are read; None where that may be any."""


class OutputReaders(Struct):
    """Reads units of one commit; each once."""

    files: Files
    _known: dict[str, Mapping[str, Names]] = field(default_factory=dict)

    def of(self, reader: Unit, dependency: str) -> Names:
        """What a unit reads of one that it depends on. A stack's unit may read anything: its files
        are in no commit."""
        if reader.kind is not UnitKind.TERRAGRUNT or reader.generated_by:
            return None
        if reader.id not in self._known:
            self._known[reader.id] = dict(_read(self.files, reader))
        return self._known[reader.id].get(dependency)

    def changes(self, reader: Unit, dependency: UnitPlan) -> tuple[OutputChange, ...]:
        """The outputs that change and that the unit reads."""
        names = self.of(reader, dependency.unit)
        return tuple(one for one in dependency.outputs if names is None or one.name in names)


def gone_findings(
    plan: UnitPlan, readers: Iterable[Unit], outputs: OutputReaders
) -> Iterator[Finding]:
    """An error for each output that goes while somebody reads it by its name."""
    gone = {one.name for one in plan.outputs if one.verb is Verb.DELETE}
    for reader in readers if gone else ():
        names = outputs.of(reader, plan.unit)
        for name in sorted(gone & names) if names else ():
            yield Finding(
                "infra-output",
                f"it reads the output {name} of {plan.unit}, which this change takes away",
                severity=Severity.ERROR,
                file=reader.origin.file,
                component=reader.id,
                remedy="keep the old name beside the new one until nobody reads it",
            )


def _read(files: Files, unit: Unit) -> Iterator[tuple[str, Names]]:
    file = posixpath.join(unit.path, UNIT_FILE)
    try:
        config = Config(files, file, files.body(file), unit.path, Reading())
    except HclError:
        return
    bodies = [config, *config.included()]
    names = [name for one in bodies for name in _names(one.body)]
    for one in bodies:
        for block in one.body.of("dependency"):
            path = block.body.attribute("config_path")
            place = from_root(evaluate(path.value, one), unit.path) if path else None
            if place is not None and block.labels:
                yield place, _outputs(block.labels[0], names)


def _outputs(label: str, names: Iterable[Name]) -> Names:
    """`dependency.<label>.outputs.<name>`; anything shorter may be any output."""
    found = set()
    for name in names:
        if name.steps[:2] == ("dependency", label):
            if len(name.steps) < 4 or name.steps[2] != "outputs":
                return None
            found.add(name.steps[3])
        elif name.steps == ("dependency",):
            return None
    return frozenset(found)


def _names(body: Body) -> Iterator[Name]:
    for block in body.blocks:
        yield from _names(block.body)
    for attribute in body.attributes:
        waiting: list[Expression] = [attribute.value]
        while waiting:
            here = waiting.pop()
            if isinstance(here, Name):
                yield here
            waiting.extend(parts_of(here))
