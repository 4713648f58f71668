"""The JSON Schemas of what the command line prints, for the scripts that read it."""

from __future__ import annotations

from typing import Any

from trunkline.core.change import Action, Why
from trunkline.core.finding import Severity
from trunkline.core.infra.applying import Ended
from trunkline.core.infra.drift import Checked
from trunkline.core.infra.plan.values import COUNTED, Status, Verb
from trunkline.core.run import Outcome

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_of(words: Any) -> Schema:
    return {"enum": [one.value for one in words]}


REF = _object(group=TEXT, kind=TEXT, namespace=TEXT, name=TEXT)

FINDING = _object(
    rule=TEXT,
    severity=_one_of(Severity),
    message=TEXT,
    file=TEXT,
    line=COUNT,
    component=TEXT,
    cluster=TEXT,
    ref={"anyOf": [REF, {"type": "null"}]},
    remedy=TEXT,
)

FIELD = _object(path=TEXT, op={"enum": ["add", "remove", "change"]}, before={}, after={})

MOVE = {"anyOf": [_object(ref=REF, component=TEXT, diff=TEXT), {"type": "null"}]}

CAUSE = _object(
    why=_one_of(Why),
    paths=_list(TEXT),
    manager=TEXT,
    operation=TEXT,
    time=TEXT,
    commit=TEXT,
    author=TEXT,
    subject=TEXT,
)

CHANGE = _object(
    ref=REF,
    action=_one_of(Action),
    diff=TEXT,
    reason=TEXT,
    fields=_list(FIELD),
    folded=_list(FIELD),
    spelled=COUNT,
    fixed=_list(TEXT),
    movedFrom=MOVE,
    movedTo=MOVE,
    causes=_list(CAUSE),
)

STEP = _object(
    component=TEXT,
    cluster=TEXT,
    ref=REF,
    verb=TEXT,
    phase=TEXT,
    wave={"type": "integer"},
    outcome=_one_of(Outcome),
    message=TEXT,
    started=NUMBER,
    seconds=NUMBER,
)


def plan_schema() -> Schema:
    """What `trunkline plan --output json` prints."""
    component = _object(
        id=TEXT,
        cluster=TEXT,
        changes=_list(CHANGE),
        error=TEXT,
        was=_list(TEXT),
        spelled=COUNT,
        waitsFor=TEXT,
    )
    group = _object(components=_list(_object(id=TEXT, cluster=TEXT)))
    counts = {one.value: COUNT for one in Action if one is not Action.NOOP}
    summary = _object(
        **counts, components=COUNT, clusters=COUNT, considered=COUNT, moved=COUNT, findings=COUNT
    )
    whole = _object(
        base=TEXT,
        head=TEXT,
        components=_list(component),
        commits=_list(_object(id=TEXT, author=TEXT, subject=TEXT, time=NUMBER)),
        unchanged=_list(component),
        groups=_list(group),
        infrastructure={"anyOf": [_infra_plan(), {"type": "null"}]},
        findings=_list(FINDING),
        summary=summary,
    )
    return {"$schema": DIALECT, "title": "A plan of Trunkline", **whole}


def infra_plan_schema() -> Schema:
    """What `trunkline infra plan --output json` prints."""
    return {"$schema": DIALECT, "title": "A plan of infrastructure of Trunkline", **_infra_plan()}


def _resource(**more: Schema) -> Schema:
    attribute = _object(path=TEXT, before={}, after={}, forces=FLAG, sensitive=FLAG)
    return _object(
        address=TEXT,
        type=TEXT,
        action=_one_of(Verb),
        attributes=_list(attribute),
        reason=TEXT,
        was=TEXT,
        imported=TEXT,
        provider=TEXT,
        createFirst=FLAG,
        **more,
    )


def _infra_plan() -> Schema:
    output = _object(name=TEXT, action=_one_of(Verb), before={}, after={}, sensitive=FLAG)
    counts = {one.value: COUNT for one in COUNTED}
    unit = _object(
        unit=TEXT,
        how=TEXT,
        because=_list(TEXT),
        status=_one_of(Status),
        changes=_list(_resource()),
        outputs=_list(output),
        waitsFor=_list(TEXT),
        applications=_list(TEXT),
        movedFrom=TEXT,
        error=TEXT,
        plan=TEXT,
        program=TEXT,
        serial={"type": "integer"},
        lineage=TEXT,
        mocked=_list(TEXT),
        drifted=_list(TEXT),
        keepsState=FLAG,
        doubt=TEXT,
        ignored=TEXT,
        seconds=NUMBER,
        shape=TEXT,
        summary=_object(**counts),
    )
    statuses = {one.value: COUNT for one in Status}
    return _object(
        base=TEXT,
        head=TEXT,
        units=_list(unit),
        findings=_list(FINDING),
        commits=_list(_object(id=TEXT, author=TEXT, subject=TEXT, time=NUMBER)),
        summary=_object(**counts, **statuses, units=COUNT, considered=COUNT, findings=COUNT),
    )


def infra_apply_schema() -> Schema:
    """What `trunkline infra apply --output json` prints."""
    return {"$schema": DIALECT, "title": "An apply of infrastructure of Trunkline", **_apply()}


def _apply() -> Schema:
    unit = _object(
        unit=TEXT,
        how=TEXT,
        outcome=_one_of(Ended),
        message=TEXT,
        applications=_list(TEXT),
        error=TEXT,
        plan=TEXT,
        summary={"type": "object"},
        started=NUMBER,
        seconds=NUMBER,
        serial={"type": "integer"},
    )
    return _object(
        id=TEXT,
        base=TEXT,
        head=TEXT,
        commit=TEXT,
        by=TEXT,
        process=TEXT,
        started=NUMBER,
        ended=NUMBER,
        units=_list(unit),
        findings=_list(FINDING),
        summary=_object(**{one.value: COUNT for one in Ended}),
    )


def infra_drift_schema() -> Schema:
    """What `trunkline infra drift --output json` prints."""
    unit = _object(
        unit=TEXT,
        status=_one_of(Checked),
        checked=NUMBER,
        resources=_list(_resource(since=_object(seen=NUMBER, without=NUMBER))),
        waitsFor=_list(TEXT),
        error=TEXT,
        program=TEXT,
        seconds=NUMBER,
    )
    counts = {one.value: COUNT for one in Checked}
    healing = _object(
        plan=_infra_plan(),
        apply={"anyOf": [_apply(), {"type": "null"}]},
        held={"type": "object", "additionalProperties": TEXT},
    )
    place = _object(unit=TEXT, address=TEXT, path=TEXT, reason=TEXT)
    taken = _object(patch=TEXT, taken=_list(place), left=_list(place))
    whole = _object(
        commit=TEXT,
        units=_list(unit),
        healing={"anyOf": [healing, {"type": "null"}]},
        takeOver={"anyOf": [taken, {"type": "null"}]},
        summary=_object(**counts, units=COUNT, resources=COUNT, considered=COUNT),
    )
    return {"$schema": DIALECT, "title": "Drift of infrastructure of Trunkline", **whole}


def run_schema() -> Schema:
    """What `trunkline sync --output json` and `trunkline runs RUN --output json` print."""
    result = _object(
        id=TEXT,
        cluster=TEXT,
        outcome=_one_of(Outcome),
        health=TEXT,
        message=TEXT,
        unchanged=COUNT,
        steps=_list(STEP),
    )
    whole = _object(
        id=TEXT,
        kind=TEXT,
        commit=TEXT,
        author=TEXT,
        dryRun=FLAG,
        started=NUMBER,
        ended=NUMBER,
        outcome=_one_of(Outcome),
        components=_list(result),
        findings=_list(FINDING),
    )
    return {"$schema": DIALECT, "title": "A run of Trunkline", **whole}
