"""Variables in texts of an Application, replaced as Argo CD does it, by Go's `os.Expand`.

`$NAME` and `${NAME}` stand for a variable's value, for nothing where nobody knows it; `$$` is a
dollar sign. So is one that no name follows.
https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/
"""

from __future__ import annotations

import re
from collections.abc import Callable

# A name in braces, a brace that nobody closes, a sign that is a name by itself, a name, nothing.
_DOLLAR = re.compile(
    r"\$(?:\{(?P<braced>[^}]*)\}|(?P<open>\{)|(?P<sign>[*#$@!?\-0-9])|(?P<name>[A-Za-z_]\w*))",
    re.ASCII,
)


def expanded(text: str, value: Callable[[str], str]) -> str:
    """The text with `value` asked for each name in it."""

    def put(found: re.Match[str]) -> str:
        name = found["braced"] or found["sign"] or found["name"] or ""
        return "$" if name == "$" else value(name) if name else ""

    return _DOLLAR.sub(put, text)
