"""The help of a verb, from its docstring: a paragraph is one line, for the terminal to break.

Typer keeps the line breaks of all but the first one, and they are the source's: in a terminal of 80
columns each line of it would be two.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def helped(verb: Callable[..., Any]) -> str:
    paragraphs = (inspect.getdoc(verb) or "").split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)
