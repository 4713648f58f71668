"""The one place where secrets are hidden.

`Masker.sealed` gives an object in which every secret is replaced by a *seal*: a token that is
equal where the value is equal and says nothing else. All comparing is done on sealed objects, so
no later step can let a value slip; `shown` turns seals into `••••••••` at the very end. Neither
length nor hash of a value is ever shown. `Masker.text` does the same for one sentence at once.

What is hidden: the values of Secrets (also of those that other objects carry, and of sealed
ones), literals whose name says that they are a credential, and every other occurrence of these
values in any text, in the encodings that `encodings` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from trunkline.core.diff.credentials import (
    argument,
    credential_keys,
    holds_values,
    is_sealed_secret,
    is_secret,
    secret_values,
)
from trunkline.core.diff.encodings import Form, forms, least_room, occurrences
from trunkline.core.manifest import Manifest

MASK = "••••••••"
ENCRYPTED = "(encrypted)"
CHANGED = " (changed)"
UNCHANGED = " (unchanged)"

# Seals stand in texts between two characters of the private use area, which no key or value of
# Kubernetes has a reason to hold; a forged one only hides itself.
_SEAL = re.compile("[\ue0f0\ue0f1][0-9]+\ue0f2")


class Masker:
    """Hides these values, and whatever stands where objects keep secrets.

    One masker serves all objects that are compared with each other: seals of two maskers say
    nothing about each other.
    """

    def __init__(self, values: Iterable[bytes | str] = ()) -> None:
        self._given = values
        self._made = 0
        self._forms: list[Form] = []
        self._seals: dict[object, int] = {}

    @classmethod
    def of(cls, manifests: Iterable[Manifest]) -> Masker:
        """A masker that knows the secrets of all these objects."""
        return cls(_found_in(list(manifests)))

    @cached_property
    def _values(self) -> list[tuple[int, bytes]]:
        """Looked for when a first text is masked: most components have none to show."""
        raw = {one.encode() if isinstance(one, str) else one for one in self._given}
        return sorted((least_room(one), one) for one in raw if one)

    def text(self, text: str) -> str:
        """The text with every known secret hidden."""
        return shown(self._scrubbed(text, self._in([text]))) if text else ""

    def sealed(self, manifest: Manifest) -> Manifest:
        """The object with a seal in place of every secret."""
        present = self._in(_texts(manifest))
        sealed: Manifest = self._sealed(manifest, present)
        return sealed

    def _in(self, texts: Iterable[str]) -> list[Form]:
        """The forms that occur at all: most objects hold none, and are done with here."""
        if not self._values:
            return []
        whole = "\0".join(texts)
        joined = "".join(whole.split())
        return [
            form
            for form in self._fitting(len(joined))
            if form.text in whole or (_is_long(form) and "".join(form.text.split()) in joined)
        ]

    def _fitting(self, room: int) -> list[Form]:
        """The forms of the values that so many characters can hold. Those of a megabyte are dear
        to make, and few objects could hold one."""
        before = self._made
        while self._made < len(self._values) and self._values[self._made][0] <= room:
            self._made += 1
        fresh = [value for _, value in self._values[before : self._made]]
        if fresh:
            made = {*self._forms, *(form for value in fresh for form in forms(value))}
            self._forms = sorted(made, key=lambda form: (form.text, form.word, form.run))
        return self._forms

    def _sealed(self, value: Any, present: list[Form]) -> Any:
        if isinstance(value, dict):
            return self._sealed_map(value, present)
        if isinstance(value, list):
            return [self._sealed_item(one, present) for one in value]
        if isinstance(value, str):
            return self._scrubbed(value, present)
        if isinstance(value, bool) or value is None:
            return value
        return value if self._scrubbed(str(value), present) == str(value) else self._seal(value)

    def _sealed_item(self, one: Any, present: list[Form]) -> Any:
        said = argument(one) if isinstance(one, str) else None
        return f"{said[0]}{self._seal(said[1])}" if said else self._sealed(one, present)

    def _sealed_map(self, value: dict[str, Any], present: list[Form]) -> dict[str, Any]:
        hidden = credential_keys(value)
        sealed = {}
        for key, one in value.items():
            name = self._scrubbed(key, present)
            if is_secret(value) and holds_values(value, key):
                sealed[name] = self._sealed_values(one)
            elif is_sealed_secret(value) and key == "spec" and isinstance(one, dict):
                sealed[name] = self._sealed_spec(one, present)
            elif key in hidden:
                sealed[name] = self._seal(one)
            else:
                sealed[name] = self._sealed(one, present)
        return sealed

    def _sealed_values(self, values: Any, sign: str = "\ue0f0") -> Any:
        if not isinstance(values, dict):
            return None if values is None else self._seal(repr(values), sign)
        return {key: self._seal(_frozen(one), sign) for key, one in values.items()}

    def _sealed_spec(self, spec: dict[str, Any], present: list[Form]) -> dict[str, Any]:
        """A SealedSecret's spec: ciphertext is safe to show, but no reviewer reads it."""
        rest = {key: one for key, one in spec.items() if key not in ("encryptedData", "template")}
        sealed: dict[str, Any] = self._sealed(rest, present)
        if "encryptedData" in spec:
            sealed["encryptedData"] = self._sealed_values(spec["encryptedData"], "\ue0f1")
        if isinstance(template := spec.get("template"), dict):
            as_secret = self._sealed({**template, "kind": "Secret"}, present)
            sealed["template"] = {key: as_secret[key] for key in as_secret if key in template}
        return sealed

    def _scrubbed(self, text: str, present: list[Form]) -> str:
        if not present:
            return text
        places = sorted({place for form in present for place in occurrences(form, text)})
        if not places:
            return self._seal(text) if self._is_broken_up(text, present) else text
        pieces, end = [], 0
        for begin, stop in _united(places):
            pieces += [text[end:begin], self._seal(text[begin:stop])]
            end = stop
        return "".join([*pieces, text[end:]])

    def _is_broken_up(self, text: str, present: list[Form]) -> bool:
        """Whether a secret stands in the text with line breaks or indentation inside."""
        if "\n" not in text:
            return False
        joined = "".join(text.split())
        return any("".join(form.text.split()) in joined for form in present if _is_long(form))

    def _seal(self, value: object, sign: str = "\ue0f0") -> str:
        number = self._seals.setdefault(value, len(self._seals))
        return f"{sign}{number}\ue0f2"


def without_secrets(manifest: Manifest) -> Manifest:
    """The object as it may be given to code that nobody vouches for: a mask for every secret."""
    found: Manifest = _shown(Masker.of([manifest]).sealed(manifest))
    return found


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, list):
        return [_shown(one) for one in value]
    if isinstance(value, dict):
        return {shown(key): _shown(one) for key, one in value.items()}
    return value


def shown(text: str) -> str:
    """The text as people see it: a mask for every seal."""
    return _SEAL.sub(lambda seal: ENCRYPTED if seal[0][0] == "\ue0f1" else MASK, text)


def shown_unchanged(text: str) -> str:
    """The same where it is known that nothing changed: a value that is all seal says so."""
    return shown(text) + UNCHANGED if _SEAL.fullmatch(text) else shown(text)


def told_apart(before: str, after: str) -> tuple[str, str]:
    """Two different texts as people see them: different, even where only seals differ."""
    one, other = shown(before), shown(after)
    return (one, other + CHANGED) if one == other and before != after else (one, other)


def _texts(value: Any) -> Iterator[str]:
    """Every text that is shown; what a Secret holds is sealed whole and never looked into."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            if not (is_secret(value) and holds_values(value, key)):
                yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _is_long(form: Form) -> bool:
    """Long enough to be recognized across line breaks, where words run together."""
    return form.run or len(form.text) >= 16


def _frozen(value: Any) -> object:
    return value if isinstance(value, str) else repr(value)


def _united(places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begin, end = places[0]
    for start, stop in places[1:]:
        if start > end:
            yield begin, end
            begin, end = start, stop
        end = max(end, stop)
    yield begin, end


def _found_in(manifests: list[Manifest]) -> Iterator[bytes]:
    """Looked for when they are asked for, not before."""
    yield from secret_values(manifests)
