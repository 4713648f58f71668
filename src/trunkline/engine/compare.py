"""Does a live object differ from what is desired? Three steps, the cheapest first.

*Remembered*: the same manifest and the same object, status apart, as at the last verdict; that is
seen before the object is even read (`engine/assess`).
*Proved*: the live object and the fields it says are ours equal the rendered ones, so applying
would change nothing; no request. *Asked*: the API server itself, by a dry run of the apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from trunkline.core.adopt import former_managers
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
from trunkline.edge.cluster.errors import ApiError, NotFound, Unreachable

DEFAULT_OPTIONS = ObjectOptions()


class State(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    MISSING = "missing"
    REFUSED = "refused"
    """The API server says that it would not take the object; `message` says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
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
        """Whether asking again cannot help: the request itself is wrong."""
        return 400 <= self.status < 500 and self.status not in (408, 409, 429)


@dataclass(frozen=True, slots=True)
class Remembered:
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
) -> Verdict:
    """The verdict on an object of which no earlier one stands (`engine/assess`).

    `desired` carries our marks; `ignore` are the component's rules.
    Raises Unreachable; every other answer of the API server is a verdict.
    """
    ref = Ref.of(desired)
    if live is None:
        return await _missing(client, desired, options)
    if proved(desired, live):
        return Verdict(ref, State.SAME, "proved", live)
    rules = [rule for rule in ignore if rule.applies_to(ref)]
    return await _asked(client, desired, live, rules, options)


async def _missing(client: ClusterClient, desired: Manifest, options: ObjectOptions) -> Verdict:
    """An object that is to be created: would it be taken?

    Its namespace or its kind may come in the same sync; then nobody can say before.
    """
    ref = Ref.of(desired)
    if not ref.name or not desired["metadata"].get("name"):
        return Verdict(ref, State.MISSING, answer=desired)
    try:
        answer = await client.apply(desired, dry_run=True, validate=options.validate)
    except Unreachable:
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
) -> Verdict:
    ref = Ref.of(desired)
    try:
        answer = await client.apply(desired, dry_run=True, validate=options.validate)
    except Unreachable:
        raise
    except NotFound as error:
        return Verdict(ref, State.MISSING, "asked", answer=desired, message=str(error))
    except ApiError as error:
        # What replaces the object does not need to be applicable to it.
        refused = State.DIFFERENT if options.replace or options.force else State.REFUSED
        return Verdict(ref, refused, "asked", live, desired, str(error), error.status)
    if former := former_managers(live, str(desired["apiVersion"])):
        fresh = await _fresh(client, desired)
        answer = without_left_behind(answer, live, former, fresh) if fresh else answer
    before, after = without_ignored(live, answer, ignore) if ignore else (live, answer)
    state = State.SAME if same_but_for_noise(before, after) else State.DIFFERENT
    return Verdict(ref, state, "asked", live, answer)


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
