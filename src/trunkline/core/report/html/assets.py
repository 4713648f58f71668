"""The style and the script of the page, which ship beside this file, and their fingerprints.

They stand inside the page. Its Content-Security-Policy allows exactly these two texts by their
hash and nothing else: no other script, no style attribute, no request.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """A file of this package: part of the code, as a constant would be."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def policy() -> str:
    """The Content-Security-Policy of the page."""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_fingerprint(asset('page.css'))}'",
            f"script-src '{_fingerprint(asset('page.js'))}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _fingerprint(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
