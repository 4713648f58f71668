"""A project's sync windows: when its applications may be synced.

https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/
Only what a window says and whom it is about is read here; whether one is open is asked with a
time, by whoever has a clock.
"""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.argo.duration import seconds
from trunkline.core.argo.fields import Fields
from trunkline.core.argo.glob import shell_matches
from trunkline.core.argo.rules import check_pattern
from trunkline.core.component import Cluster, Component

_CRON_FIELDS = 5


class SyncWindow(Struct, frozen=True):
    """`allow` False denies. `schedule` is a cron line in `time_zone`, `duration` is in seconds.

    `manual_sync` lets syncs that a person starts pass; `all_must_match` joins the three lists
    with "and" instead of "or"; `overrun` lets a sync that has begun go on.
    """

    allow: bool
    schedule: str
    duration: float
    time_zone: str = "UTC"
    applications: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    manual_sync: bool = False
    all_must_match: bool = False
    overrun: bool = False

    def covers(self, component: Component, cluster: Cluster) -> bool:
        """Whether the window is about this component."""
        names = (component.name,)
        servers = (*cluster.names, *cluster.servers, component.destination.server)
        said = [
            _any(rules, values)
            for rules, values in (
                (self.applications, names),
                (self.namespaces, (component.destination.namespace,)),
                (self.clusters, servers),
            )
            if rules
        ]
        return bool(said) and (all(said) if self.all_must_match else any(said))


def parse_window(fields: Fields) -> SyncWindow:
    kind, schedule = fields.required("kind"), fields.required("schedule")
    if kind and kind not in ("allow", "deny"):
        fields.problem(f"{kind!r} is neither allow nor deny", "kind")
    if schedule and len(schedule.split()) != _CRON_FIELDS and not schedule.startswith("@"):
        fields.problem(f"{schedule!r} is no cron schedule of five fields", "schedule")
    text = fields.required("duration")
    duration = seconds(text) if text else 0.0
    if duration is None:
        fields.problem(f"{text!r} is no duration such as 30m or 8h", "duration")
    fields.text("description")
    window = SyncWindow(
        allow=kind == "allow",
        schedule=schedule,
        duration=duration or 0.0,
        time_zone=fields.text("timeZone") or "UTC",
        applications=fields.texts("applications"),
        namespaces=fields.texts("namespaces"),
        clusters=fields.texts("clusters"),
        manual_sync=fields.flag("manualSync"),
        all_must_match=fields.flag("andOperator"),
        overrun=fields.flag("syncOverrun"),
    )
    for key in ("applications", "namespaces", "clusters"):
        for at, rule in enumerate(getattr(window, key)):
            check_pattern(fields, shell_matches, rule, key, at)
    fields.told_apart()
    return window


def _any(rules: tuple[str, ...], values: tuple[str, ...]) -> bool:
    return any(value and shell_matches(rule, value) for rule in rules for value in values)
