"""Rules of `metadata`: names, labels, annotations, finalizers, and what may not change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from trunkline.sandbox.errors import Cause
from trunkline.sandbox.kinds.resource import Resource

Json = dict[str, Any]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_NAME_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
ANNOTATIONS_LIMIT = 256 * 1024

SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    r"for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value', "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
KEY_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)

_LABEL_NAMED = frozenset({"Namespace", "Service"})
_FREELY_NAMED = frozenset({"rbac.authorization.k8s.io"})


def wrong(field: str, value: object, rule: str) -> Cause:
    shown = f'"{value}"' if isinstance(value, str) else orjson.dumps(value).decode()
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {rule}", field)


def required(field: str, more: str = "") -> Cause:
    said = f"Required value: {more}" if more else "Required value"
    return Cause("FieldValueRequired", said, field)


def metadata_causes(resource: Resource, obj: Json) -> Iterator[Cause]:
    meta = obj["metadata"]
    name = str(meta.get("name") or "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from _name_causes(resource, name)
    yield from label_causes(meta.get("labels") or {}, "metadata.labels")
    yield from _annotation_causes(meta.get("annotations") or {})
    for finalizer in meta.get("finalizers") or ():
        if why := _key_wrong(finalizer):
            yield wrong("metadata.finalizers", finalizer, why)
    for number, owner in enumerate(meta.get("ownerReferences") or ()):
        for key in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(key):
                yield wrong(f"metadata.ownerReferences[{number}].{key}", "", "must not be empty")


def _name_causes(resource: Resource, name: str) -> Iterator[Cause]:
    if resource.group in _FREELY_NAMED:
        if name in (".", "..") or "/" in name or "%" in name:
            yield wrong("metadata.name", name, "may not contain '/' or '%'")
    elif resource.kind in _LABEL_NAMED and not resource.custom:
        yield from _fitting(name, 63, _LABEL, LABEL_RULE)
    else:
        yield from _fitting(name, 253, _SUBDOMAIN, SUBDOMAIN_RULE)


def _fitting(name: str, longest: int, form: re.Pattern[str], rule: str) -> Iterator[Cause]:
    if len(name) > longest:
        yield wrong("metadata.name", name, f"must be no more than {longest} bytes")
    if not form.match(name):
        yield wrong("metadata.name", name, rule)


def label_causes(labels: Json, field: str) -> Iterator[Cause]:
    for key, value in sorted(labels.items()):
        if why := _key_wrong(key):
            yield wrong(field, key, why)
        if not _VALUE.match(str(value)):
            yield wrong(field, value, VALUE_RULE)
        elif len(str(value)) > 63:
            yield wrong(field, value, "must be no more than 63 bytes")


def _key_wrong(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    if slash and (not _SUBDOMAIN.match(prefix) or len(prefix) > 253):
        return f"prefix part {SUBDOMAIN_RULE}"
    if not _NAME_PART.match(name):
        return KEY_RULE
    return "name part must be no more than 63 bytes" if len(name) > 63 else ""


def _annotation_causes(annotations: Json) -> Iterator[Cause]:
    for key in sorted(annotations):
        if why := _key_wrong(key.lower()):
            yield wrong("metadata.annotations", key, why)
    size = sum(len(key) + len(str(value)) for key, value in annotations.items())
    if size > ANNOTATIONS_LIMIT:
        rule = f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"
        yield Cause("FieldValueTooLong", rule, "metadata.annotations")


def metadata_change_causes(old: Json, new: Json) -> Iterator[Cause]:
    before, after = old["metadata"], new["metadata"]
    if before.get("deletionTimestamp"):
        known = set(before.get("finalizers") or ())
        added = [one for one in after.get("finalizers") or () if one not in known]
        if added:
            rule = (
                "no new finalizers can be added if the object is being deleted, found new "
                f"finalizers []string{{{', '.join(repr_go(one) for one in added)}}}"
            )
            yield Cause("FieldValueForbidden", f"Forbidden: {rule}", "metadata.finalizers")


def repr_go(text: str) -> str:
    return f'"{text}"'
