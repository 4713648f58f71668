"""Does a live object differ from what is desired? Three steps, the cheapest first.

*Remembered*: the same manifest and the same object, status apart, as at the last verdict; that is
seen before the object is even read (`engine/assess`).
*Proved*: the live object and the fields it says are ours equal the rendered ones, so applying
would change nothing; no request. *Asked*: the API server itself, by a dry run of the apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from trunkline.core.adopt import former_managers, yielding
from trunkline.core.clientside import is_merged_by_client
from trunkline.core.component import IgnoreRule
from trunkline.core.diff import (
    proved,
    same_but_for_noise,
    without_ignored,
    without_left_behind,
)
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import ObjectOptions
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.errors import ApiError, NotFound, Unreachable, Unserved
from trunkline.edge.cluster.retry import MISFIT
from trunkline.edge.render.jq import JqPaths
from trunkline.engine.apply import client_side, server_side
from trunkline.engine.ignored import places_in

DEFAULT_OPTIONS = ObjectOptions()

NAMELESS = (
    "it has only a generateName, so that every sync would make one more of it: make it a hook, "
    "or give it a name"
)


SKIP_REMEDY = (
    "If something brings it in the middle of the sync, say so: SkipDryRunOnMissingResource=true"
)


class State(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    REFUSED = "refused"
    """The API server says that it would not take the object; `message` says why."""


class Verdict(Struct, frozen=True):
    """`how` is `remembered`, `proved`, `asked` or "" where nothing had to be found out.

    `answer` is what the object would be after the apply, as far as that is known.
    """

    ref: Ref
    state: State
    how: str = ""
    live: Manifest | None = None
    answer: Manifest | None = None
    message: str = ""
    status: int = 0
    """The HTTP status of a refusal."""

    @property
    def hopeless(self) -> bool:
        """Whether asking again cannot help: the request itself is wrong. What is forbidden may be
        allowed soon, by a role or a quota that somebody else brings."""
        wrong = 400 <= self.status < 500 and self.status not in (403, 404, 408, 409, 429)
        return wrong or MISFIT in self.message

    @property
    def unserved(self) -> bool:
        """Whether the cluster has no such kind, or not in this version; it may still come."""
        return self.state is State.REFUSED and self.status == 404


class Remembered(Struct, frozen=True):
    """A verdict as the store keeps it: this manifest equalled the object while it was so."""

    fingerprint: str
    live: str
    """`core.desired.live_digest` of the object."""


async def compare(
    client: ClusterClient,
    desired: Manifest,
    live: Manifest | None,
    ignore: Sequence[IgnoreRule] = (),
    options: ObjectOptions = DEFAULT_OPTIONS,
    *,
    jq: JqPaths | None = None,
    coming: bool = False,
) -> Verdict:
    """The verdict on an object of which no earlier one stands (`engine/assess`).

    `desired` carries our marks; `ignore` are the component's rules; `coming`: its kind is brought
    by the same sync; `jq` runs the expressions of the rules.
    Raises BadExpression, Unreachable; every other answer of the API server is a verdict.
    """
    try:
        if live is None:
            return await _missing(client, desired, options)
        return await _standing(client, desired, live, ignore, options, jq)
    except Unserved as error:
        return _unserved(desired, live, options, error, coming)


async def trusted(
    client: ClusterClient, desired: Manifest, options: ObjectOptions, *, coming: bool
) -> Verdict:
    """The verdict on an object that is not there, without asking whether it would be taken."""
    try:
        await client.check_served(desired)
    except Unserved as error:
        return _unserved(desired, None, options, error, coming)
    return Verdict(Ref.of(desired), State.MISSING, answer=desired)


def _unserved(
    desired: Manifest,
    live: Manifest | None,
    options: ObjectOptions,
    error: Unserved,
    coming: bool,
) -> Verdict:
    """The kind, or its version, is not there: it may come in the same sync, or it must not miss."""
    ref = Ref.of(desired)
    if coming or options.skip_dry_run_on_missing:
        state = State.MISSING if live is None else State.DIFFERENT
        return Verdict(ref, state, "", live, desired, str(error))
    said = f"{error} {SKIP_REMEDY}"
    return Verdict(ref, State.REFUSED, "", live, desired, said, error.status)


async def _standing(
    client: ClusterClient,
    desired: Manifest,
    live: Manifest,
    ignore: Sequence[IgnoreRule],
    options: ObjectOptions,
    jq: JqPaths | None,
) -> Verdict:
    """An object that is there: proved, else asked."""
    ref = Ref.of(desired)
    if proved(desired, live):
        return Verdict(ref, State.SAME, "proved", live)
    rules = [rule for rule in ignore if rule.applies_to(ref)]
    return await _asked(client, desired, live, rules, options, jq)


async def _missing(client: ClusterClient, desired: Manifest, options: ObjectOptions) -> Verdict:
    """An object that is to be created: would it be taken?

    Its namespace or its kind may come in the same sync; then nobody can say before.
    """
    ref = Ref.of(desired)
    if not desired["metadata"].get("name"):
        return Verdict(ref, State.REFUSED, answer=desired, message=NAMELESS, status=422)
    try:
        answer = await _answer(client, desired, options)
    except (Unreachable, Unserved):
        raise
    except NotFound:
        return Verdict(ref, State.MISSING, answer=desired)
    except ApiError as error:
        return Verdict(ref, State.REFUSED, "asked", None, desired, str(error), error.status)
    return Verdict(ref, State.MISSING, "asked", answer=answer)


async def _asked(
    client: ClusterClient,
    desired: Manifest,
    live: Manifest,
    ignore: Sequence[IgnoreRule],
    options: ObjectOptions,
    jq: JqPaths | None,
) -> Verdict:
    ref = Ref.of(desired)
    try:
        answer = await _answer(client, desired, options)
    except (Unreachable, Unserved):
        raise
    except NotFound as error:
        # The version of its kind, or its namespace, may come in the same sync.
        return Verdict(ref, State.DIFFERENT, "asked", live, desired, str(error))
    except ApiError as error:
        # What replaces the object does not need to be applicable to it.
        replaced = options.replace or options.recreates(ref)
        state = State.DIFFERENT if replaced else State.REFUSED
        return Verdict(ref, state, "asked", live, desired, str(error), error.status)
    live = await _like(client, live, str(answer.get("apiVersion")))
    if former := former_managers(live, str(desired["apiVersion"]), options):
        fresh = await _fresh(client, desired)
        known = yielding(live, former)
        answer = without_left_behind(answer, known, former, fresh) if fresh else answer
    before, after = live, answer
    if ignore:
        places = await places_in(jq, [(live, answer, "")], ignore)
        before, after = without_ignored(live, answer, ignore, places)
    state = State.SAME if same_but_for_noise(before, after) else State.DIFFERENT
    return Verdict(ref, state, "asked", live, answer)


async def _like(client: ClusterClient, live: Manifest, api_version: str) -> Manifest:
    """The live object as another version of its kind has it, whose fields may be others: an
    autoscaling/v1 that is read as v2 differs in nothing else. Raises ApiError."""
    if live.get("apiVersion") == api_version:
        return live
    return await client.get(Ref.of(live), api_version.rpartition("/")[2]) or live


async def _answer(client: ClusterClient, desired: Manifest, options: ObjectOptions) -> Manifest:
    """What the object would be after the write that its options ask for. Raises ApiError."""
    by_client = is_merged_by_client(desired, options.client_side)
    return await (client_side if by_client else server_side)(client, desired, options, dry_run=True)


async def _fresh(client: ClusterClient, desired: Manifest) -> Manifest | None:
    """What the server would make of the object where there is none: with its defaults, no more.

    Asked by a dry run under a name that is free; None where the server will not say.
    """
    named = {key: value for key, value in desired["metadata"].items() if key != "name"}
    probe = {**desired, "metadata": {**named, "generateName": "trunkline-"}}
    try:
        return await client.create(probe, dry_run=True)
    except Unreachable:
        raise
    except ApiError:
        return None
