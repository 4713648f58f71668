"""An API server's refusals in our words: short, and with what to do.

The server's `Status` object says what it means:
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
Its message repeats whole field values (a Job's template is pages long), so an invalid object's is
put together anew from the causes, with long values left out, and all values of a Secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from trunkline.edge.cluster.errors import BY_STATUS, ApiError

LONGEST = 2000
LONGEST_VALUE = 60
CAUSES_SHOWN = 6

VALUE = re.compile(r"(Invalid value|Unsupported value|Duplicate value|Not found): (.+)", re.DOTALL)
DENIED = re.compile(
    r'cannot (?P<verb>[\w:-]+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)")?'
)
# How the API server words that a field keeps the value it was created with: the prose
# of its validations, of which no field of the Status gives a code.
FIXED = re.compile(
    r"immutable|updates to .* are forbidden|(may not|cannot) (be )?change",
    re.IGNORECASE | re.DOTALL,
)
# A typed patch that does not fit comes with 500, and only in prose.
UNFIT = re.compile(
    r"failed to (?:create typed (?:patch|live) object|convert new object) "
    r"\((?P<name>[^;)]*); (?P<version>[^,)]*), Kind=(?P<kind>[^)]*)\)[^:]*: (?P<why>.*)",
    re.DOTALL,
)
# Where a name is wrong, the pattern that it should match helps less than the words before.
PATTERN = re.compile(r" \(e\.g\. .*regex used for validation is '.*'\)", re.DOTALL)
# Since Kubernetes 1.35 what is lacking is told of constrained impersonation (KEP-5284), though the
# plain verb is enough.
ACTING = re.compile(r"impersonate(-on)?:serviceaccount\b")
TO_ACT = (
    ": grant the verb impersonate on serviceaccounts by a Role in the account's namespace or a "
    "ClusterRole"
)
REMEDY = (
    "; this cannot change in place: the sync option Replace=true,Force=true on the object, or "
    "deleting it by hand, makes it anew"
)
NO_NAMESPACE = re.compile(r'namespaces "[^"]*" not found')
CREATES = ": the sync option CreateNamespace=true creates the destination's namespace"
LOSS = ", without the data that it holds"


def refusal(status: int, body: bytes, cluster: str) -> ApiError:
    """The exception for an answer with a status of 300 or more."""
    told = _status_of(body)
    message = str(told.get("message") or "") or _plain(status, body)
    return BY_STATUS.get(status, ApiError)(
        _said(status, message, told, cluster),
        status=status,
        reason=str(told.get("reason") or ""),
        cluster=cluster,
    )


def _said(status: int, message: str, told: Mapping[str, Any], cluster: str) -> str:
    if status == 401:
        return (
            f"{cluster} does not accept our credentials (401): renew the token or the client "
            "certificate that its access names"
        )
    if status == 403:
        return f"{cluster}: {_cut(message)} (403){_grant(message)}"
    if status == 404 and NO_NAMESPACE.fullmatch(message):
        return message + CREATES
    if status == 422:
        return _invalid(message, told)
    if unfit := UNFIT.search(message):
        why = " ".join(unfit["why"].split())
        return f"{unfit['kind']} {unfit['name']} does not fit its kind's schema: {_cut(why)}"
    if status >= 500 or status < 400 or not told:
        return f"{cluster} answered {status}: {_cut(message)}"
    return _cut(message)


def _grant(message: str) -> str:
    """What a role must hold for the request to pass, if it is a role that lacks."""
    denied = DENIED.search(message)
    if denied is None:
        return ""
    if ACTING.match(denied["verb"]):
        return TO_ACT
    group, namespace = denied["group"], denied["namespace"]
    resource = f"{denied['resource']}.{group}" if group else denied["resource"]
    role = f"a Role in {namespace} or a ClusterRole" if namespace else "a ClusterRole"
    return f": grant the verb {denied['verb']} on {resource} by {role}"


def _invalid(message: str, told: Mapping[str, Any]) -> str:
    details = told.get("details") or {}
    causes = [one for one in details.get("causes") or () if isinstance(one, dict)]
    remedy = REMEDY if FIXED.search(message) else ""
    if remedy and details.get("kind") == "PersistentVolumeClaim":
        remedy += LOSS
    if not causes:
        return f"{_cut(message)}{remedy}"
    group = str(details.get("group") or "")
    kind = f"{details.get('kind', '')}.{group}" if group else str(details.get("kind", ""))
    values = LONGEST_VALUE if kind != "Secret" else 0
    # An API server that checks an update several times says the same several times.
    known = list(dict.fromkeys(_cause(one, values) for one in causes))
    shown = known[:CAUSES_SHOWN]
    if len(known) > CAUSES_SHOWN:
        shown.append(f"and {len(known) - CAUSES_SHOWN} more")
    return _cut(f'{kind} "{details.get("name", "")}" is invalid: {"; ".join(shown)}') + remedy


def _cause(cause: Mapping[str, Any], longest_value: int) -> str:
    """`field: what is wrong`, without a value that is longer than it helps."""
    # Some causes end with a difference of whole objects, line by line.
    message = PATTERN.sub("", str(cause.get("message") or "").partition("\n")[0])
    if found := VALUE.match(message):
        value, _, why = found[2].rpartition(": ")
        if value and len(value) > longest_value:
            message = why
        elif not value and longest_value == 0:
            message = found[1]
    field = str(cause.get("field") or "")
    return f"{field}: {message}" if field and field != "<nil>" else message


def _cut(message: str) -> str:
    return message if len(message) <= LONGEST else f"{message[:LONGEST]} …"


def _plain(status: int, body: bytes) -> str:
    if 300 <= status < 400:
        return "it sends us elsewhere; is the address that of a Kubernetes API server?"
    text = " ".join(body[:300].decode(errors="replace").split())
    return text if text and not text.startswith("<") else "no reason given"


def _status_of(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}
