"""What the settings say of units: which count, how they are called, what they wait for besides."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.argo.glob import deep_matches
from trunkline.core.infra.unit import Unit


class UnitRule(Struct, frozen=True):
    """`path` is a glob over ids and paths. Where it is no pattern, its directory is a unit even if
    nothing in it says so.
    """

    path: str
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()

    @property
    def is_pattern(self) -> bool:
        return any(sign in self.path for sign in "*?[{")

    def applies_to(self, unit: Unit) -> bool:
        return deep_matches(self.path, unit.id) or deep_matches(self.path, unit.path)


class DiscoveryRules(Struct, frozen=True):
    """`include` and `exclude` are globs over directories; an empty `include` takes all."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    units: tuple[UnitRule, ...] = ()

    def wants(self, directory: str) -> bool:
        def among(globs: tuple[str, ...]) -> bool:
            return any(deep_matches(glob, directory) for glob in globs)

        return (not self.include or among(self.include)) and not among(self.exclude)

    @property
    def added(self) -> frozenset[str]:
        """Directories that are units because the settings say so."""
        return frozenset(one.path.partition("@")[0] for one in self.units if not one.is_pattern)

    def applied(self, unit: Unit) -> Unit:
        for rule in self.units:
            if rule.applies_to(unit):
                unit = replace(
                    unit,
                    name=rule.name or unit.name,
                    labels={**unit.labels, **rule.labels},
                )
        return unit

    def waits_for(self, unit: Unit) -> frozenset[str]:
        """The ids that the settings have it wait for: of units, and of Applications."""
        rules = (rule for rule in self.units if rule.applies_to(unit))
        return frozenset(one.strip("/") for rule in rules for one in rule.depends_on)
