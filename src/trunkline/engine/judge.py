"""Who says how healthy an object is: the user's own rule for its kind, else ours."""

from __future__ import annotations

from msgspec import Struct, field

from trunkline.core.argo.customizations import Customizations
from trunkline.core.diff import without_secrets
from trunkline.core.health import Health, being_deleted, health_of
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.render.lua import LuaRules

MOST_FAILURES = 100


class Judge(Struct):
    """Judges live objects by a commit's rules. `failures` are the messages of rules that could
    not say, each once, in the order they were met."""

    customizations: Customizations = field(default_factory=Customizations)
    lua: LuaRules | None = None
    failures: list[str] = field(default_factory=list)

    def asks(self, ref: Ref) -> bool:
        """Whether a rule of the user's judges objects of this kind."""
        return bool(self.lua and self.customizations.rule_for(ref.group, ref.kind))

    async def health(self, manifest: Manifest) -> Health:
        """The health of an object. As in Argo CD, deletion comes before any rule; a rule never
        sees a secret."""
        ref = Ref.of(manifest)
        rule = self.customizations.rule_for(ref.group, ref.kind)
        if rule is None or self.lua is None:
            return health_of(manifest)
        if health := being_deleted(manifest):
            return health
        said = await self.lua.judge(rule, without_secrets(manifest))
        if said.failed:
            self._note(said.health.message)
        return said.health

    def _note(self, message: str) -> None:
        """A rule may say something else of every object, and a watch never ends."""
        if message not in self.failures and len(self.failures) < MOST_FAILURES:
            self.failures.append(message)
