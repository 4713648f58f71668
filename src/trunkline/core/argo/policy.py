"""An Application's `syncPolicy`.

https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/
"""

from __future__ import annotations

from trunkline.core.argo.duration import seconds
from trunkline.core.argo.fields import Fields
from trunkline.core.component import Retry, SyncPolicy

# Argo CD tries an automated sync five times more where the Application says nothing of retries.
_AUTOMATED_RETRY = Retry(limit=5)


def parse_policy(policy: Fields | None) -> SyncPolicy:
    if policy is None:
        return SyncPolicy()
    automated = policy.section("automated")
    metadata = policy.section("managedNamespaceMetadata")
    options = _options(policy)
    retry = _retry(policy.section("retry"), automated is not None)
    policy.told_apart()
    return SyncPolicy(
        automated=automated is not None and automated.flag("enabled", default=True),
        prune=automated is not None and automated.flag("prune"),
        self_heal=automated is not None and automated.flag("selfHeal"),
        allow_empty=automated is not None and automated.flag("allowEmpty"),
        options=options,
        retry=retry,
        namespace_labels=metadata.text_map("labels") if metadata else {},
        namespace_annotations=metadata.text_map("annotations") if metadata else {},
    )


def _options(policy: Fields) -> dict[str, str]:
    found = {}
    for at, option in enumerate(policy.texts("syncOptions")):
        key, equals, value = option.partition("=")
        if not equals:
            said = f"{option!r} is no Key=value and means nothing"
            policy.problem(said, "syncOptions", at, warning=True)
        found[key.strip()] = value.strip()
    return found


def _retry(retry: Fields | None, automated: bool) -> Retry:
    if retry is None:
        return _AUTOMATED_RETRY if automated else Retry()
    default = Retry()
    backoff = retry.section("backoff")
    limit = retry.number("limit")
    if backoff is None:
        return Retry(limit)
    return Retry(
        limit,
        _seconds(backoff, "duration", default.duration),
        float(backoff.number("factor") or default.factor),
        _seconds(backoff, "maxDuration", default.max_duration),
    )


def _seconds(backoff: Fields, key: str, default: float) -> float:
    text = backoff.text(key)
    if not text:
        return default
    found = seconds(text)
    if found is None:
        backoff.problem(f"{text!r} is no duration such as 5s, 2m or 1h30m", key)
        return default
    return found
