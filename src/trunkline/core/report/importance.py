"""What a reviewer has to see first: what goes, what is made anew, what will be refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trunkline.core.change import Action, Change, ComponentPlan, FieldChange, Plan
from trunkline.core.finding import Finding, told_once
from trunkline.core.groups import Group

SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
    Action.NOOP: " ",
}
MOVED = "→"

ORDER = (Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE, Action.NOOP)

# What stands at each component that could not be planned for it.
AT_COMPONENT = ("render-failed", "cluster-unreachable")

# What is gone for good with the object.
_STATEFUL = frozenset(
    "PersistentVolumeClaim PersistentVolume StatefulSet Namespace CustomResourceDefinition".split()
)


def by_importance(changes: Iterable[Change]) -> list[Change]:
    """What will be refused, what goes, what is made anew, then the rest; moves stay together."""
    return sorted(changes, key=_rank)


def _rank(change: Change) -> tuple[bool, int, bool]:
    moved = change.moved_from is not None or change.moved_to is not None
    return not change.fixed, ORDER.index(Action.UPDATE if moved else change.action), moved


def sums(counts: Mapping[str, int]) -> list[tuple[Action, int]]:
    """How often each action happens, the gravest first; zeros are left out."""
    return [(one, counts[one.value]) for one in ORDER if counts.get(one.value)]


def counted(counts: Mapping[str, int]) -> str:
    """`1 delete, 2 update`."""
    return ", ".join(f"{number} {action}" for action, number in sums(counts))


def warnings(groups: Sequence[Group]) -> list[str]:
    """One line for each thing that somebody should look at before this is merged."""
    told = [(group, change) for group in groups for change in group.own]
    found = [_warning(group, change) for group, change in told if change.fixed]
    found += [_warning(group, change) for group, change in told if _is_lost(change)]
    return found


def _warning(group: Group, change: Change) -> str:
    others = len(group.members) - 1
    also = f" (and in {many(others, 'other')} alike)" if others else ""
    return f"{change.ref} in {group.sample.cluster}{also}: {_danger(change)}"


def _danger(change: Change) -> str:
    if change.fixed:
        named = ", ".join(change.fixed[:3]) + (" …" if len(change.fixed) > 3 else "")
        return f"{named} cannot change after creation"
    again = change.action is Action.REPLACE or change.moved_to
    return "is deleted and created again" if again else "is deleted"


def _is_lost(change: Change) -> bool:
    return change.action in (Action.DELETE, Action.REPLACE) and change.ref.kind in _STATEFUL


def noise(changes: Sequence[Change]) -> Iterator[str]:
    """What many objects say alike, each in one line: `helm.sh/chart: a-1 → a-2 on 12 objects`."""
    found: dict[tuple[str, str, str], list[tuple[Change, FieldChange]]] = {}
    for change in changes:
        for one in change.folded:
            if label_of(one) not in change.reason:
                key = label_of(one), said(one.before), said(one.after)
                found.setdefault(key, []).append((change, one))
    for (label, before, after), places in sorted(found.items()):
        objects = {str(change.ref) for change, _ in places}
        restarted = {str(change.ref) for change, one in places if ".template." in one.path}
        pods = f", {many(len(restarted), 'of them restarts', 'of them restart')} pods"
        yield (
            f"{label}: {before or '(none)'} → {after or '(none)'} "
            f"on {many(len(objects), 'object')}{pods if restarted else ''}"
        )


def findings_of(plan: Plan) -> list[tuple[Finding, int]]:
    """What a plan found; what stands at a component that could not be planned is not said a
    second time.
    """
    errors = {part.error for part in plan.components if part.error}
    return told_once(
        one for one in plan.findings if one.rule not in AT_COMPONENT or one.message not in errors
    )


def label_of(field: FieldChange) -> str:
    """The label's own name: the last part of the path."""
    _, bracket, quoted = field.path.rpartition('["')
    return quoted.removesuffix('"]') if bracket else field.path.rpartition(".")[2]


def said(value: object) -> str:
    return "" if value is None else str(value)


def many(number: int, word: str, plural: str = "") -> str:
    return f"{number} {word if number == 1 else plural or word + 's'}"


def shown_changes(group: Group) -> list[Change]:
    """The changes to be shown of a group: those of its own, apart from noise and the far ends of
    moves inside of it."""
    own = [one for one in group.own if not one.only_noise]
    return by_importance(one for one in own if not _told_at_its_other_end(one, group.sample))


def _told_at_its_other_end(change: Change, part: ComponentPlan) -> bool:
    return change.moved_to is not None and change.moved_to.component == part.id


def members(group: Group, *, most: int) -> str:
    """The others of a group, the sample left out; by cluster where there are many."""
    others = group.members[1:]
    if len(others) <= most:
        return ", ".join(f"{one.id} in {one.cluster}" for one in others)
    clusters: dict[str, int] = {}
    for one in others:
        clusters[one.cluster] = clusters.get(one.cluster, 0) + 1
    where = ", ".join(f"{number} in {name}" for name, number in sorted(clusters.items())[:most])
    more = f", {many(len(clusters) - most, 'more cluster')}" if len(clusters) > most else ""
    return f"{others[0].id} … {others[-1].id}: {where}{more}"
