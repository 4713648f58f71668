"""Letters of other scripts in Latin ones, for slugs: `Größe` is `grosse`, `Москва` is `moskva`.

Accents go, as Unicode decomposes their letters; the rest is spelled as Unidecode spells it, which
Argo CD's `slugify` follows. Scripts that are not listed (Han, Arabic …) become dashes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_LATIN = dict(
    zip(
        "ßæøœłđðþıÆØŒŁĐÐÞ",
        "ss ae o oe l d d th i AE O OE L D D Th".split(),
        strict=True,
    )
)
_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщыэюяёіїє",
        (
            "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch y e iu ia io i yi ie"
        ).split(),
        strict=True,
    )
) | {"ъ": "", "ь": ""}
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a b g d e z e th i k l m n x o p r s s t u ph kh ps o".split(),
        strict=True,
    )
)
_SPELLED = _LATIN | _CYRILLIC | _GREEK


def spellings(texts: Iterable[str]) -> dict[str, str]:
    """Each letter of these texts that is not ASCII, and its capital and small form, in ASCII."""
    letters = {one for text in texts for one in text if not one.isascii()}
    both = {form for one in letters for form in (one, one.lower(), one.upper()) if len(form) == 1}
    found = {one: _spelled(one) for one in both}
    return {one: spelled for one, spelled in sorted(found.items()) if spelled is not None}


def _spelled(letter: str) -> str | None:
    if letter in _SPELLED:
        return _SPELLED[letter]
    if (small := letter.lower()) in _SPELLED:
        return _SPELLED[small].title()
    bare = unicodedata.normalize("NFKD", letter)
    parts = [_SPELLED.get(one, one) for one in bare if not unicodedata.combining(one)]
    spelled = "".join(parts)
    return spelled if spelled.isascii() else None
