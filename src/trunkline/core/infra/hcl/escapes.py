"""What is escaped in quoted text of HCL."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.S)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def unescaped(text: str) -> str:
    if "\\" in text:
        text = _ESCAPE.sub(_escape, text)
    return text.replace("$${", "${").replace("%%{", "%{") if "{" in text else text


def _escape(found: re.Match[str]) -> str:
    if code := found[1] or found[2]:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    return _ESCAPED.get(found[3], found[3])
