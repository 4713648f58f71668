"""Names in a tree as text. Git keeps bytes; everything above keeps text that can be shown.

What is no UTF-8, and control characters, are written out with a backslash: `caf\\xe9.yaml`,
`two\\nlines`. So a name can stand in JSON, in a key of the render cache and on a terminal. A file
whose own name looks like that is found first.
"""

from __future__ import annotations

from typing import cast

import pygit2


def name_of(raw: bytes) -> str:
    """The name as it is shown and asked for."""
    text = raw.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(map(_written, text))


def found_in(tree: pygit2.Tree, name: str) -> pygit2.Object | None:
    """The entry that is shown by this name."""
    try:
        return tree[name]
    except (KeyError, ValueError):
        pass
    if "\\" not in name:
        return None
    return next((one for one in tree if name_of(raw_name(one)) == name), None)


def raw_name(entry: pygit2.Object) -> bytes:
    return cast(bytes, entry.raw_name)


def _written(sign: str) -> str:
    # A blank that is no space, or a joiner inside an emoji, steers nothing.
    return sign.encode("unicode_escape").decode() if sign < " " or "\x7f" <= sign < "\xa0" else sign
