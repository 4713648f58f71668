"""What a plan says of hooks: no object that is applied, pruned or immutable, but one that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from trunkline.core.change import Action, Change
from trunkline.core.desired import Desired
from trunkline.core.hooks import Phase, hook_phases, is_hook, never_runs
from trunkline.core.manifest import Manifest, Ref
from trunkline.engine.pairs import Pair


def hooks_told(
    found: Sequence[Change], pair: Pair, was: Desired | None, now: Desired | None
) -> tuple[Change, ...]:
    """The changes with those of hooks told as such; one that never runs is left out."""
    olds, news = _hooks(was), _hooks(now)
    idle = {ref for ref, one in (olds | news).items() if never_runs(one)}
    runs = (_as_hook(one, pair, news.get(one.ref)) for one in found if one.ref not in idle)
    return tuple(_as_hook_that_was(one, pair, olds) for one in runs)


def _as_hook(change: Change, pair: Pair, hook: Manifest | None) -> Change:
    """A hook's object is made anew for each run, so that nothing in it is immutable."""
    if (
        hook is None
        or change.only_noise
        or change.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE)
    ):
        return change
    first = pair.base is None
    phases = [one for one in hook_phases(hook, first=first) if one is not Phase.SKIP]
    other = "upgrade" if first else "installation"
    when = f"at {', '.join(phases)}" if phases else f"at an {other} only"
    reason = f"a hook: it runs {when}"
    action = Action.UPDATE if change.action is Action.REPLACE else change.action
    return replace(change, action=action, reason=reason, fixed=())


def _as_hook_that_was(change: Change, pair: Pair, hooks: Mapping[Ref, Manifest]) -> Change:
    """What a hook made is nobody's to prune."""
    if change.action is not Action.DELETE or change.ref not in hooks or pair.head is None:
        return change
    return replace(change, reason="a hook: it runs no more, and what is there of it stays")


def _hooks(desired: Desired | None) -> dict[Ref, Manifest]:
    return {Ref.of(one): one for one in (desired.manifests if desired else ()) if is_hook(one)}
