"""What would go with an object: all that lives in a namespace, all objects of a CRD's kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from trunkline.core.manifest import Manifest, Ref
from trunkline.core.scope import crd_scope, is_crd

NAMESPACE = ("", "Namespace")


def lives_in(container: Manifest) -> Callable[[Ref], bool] | None:
    """Whether an object would go with this one; None where nothing would."""
    ref = Ref.of(container)
    if (ref.group, ref.kind) == NAMESPACE:
        return lambda one: one.namespace == ref.name
    if is_crd(container):
        kind, _ = crd_scope(container)
        return lambda one: (one.group, one.kind) == kind
    return None


def why_lived_in(
    container: Manifest, tenants: Mapping[Ref, Collection[str]], mine: str = ""
) -> str:
    """Why it stays although its component holds it no more: others, or the component itself, have
    objects that would go with it. "" where nobody has.
    """
    inside = lives_in(container)
    if inside is None:
        return ""
    ids = {one for ref, owners in tenants.items() if inside(ref) for one in owners}
    if not ids:
        return ""
    what = "in it" if Ref.of(container).kind == "Namespace" else "of its kind"
    others = sorted(ids - {mine})
    return f"{others[0]} has objects {what}" if others else f"its component has objects {what}"
