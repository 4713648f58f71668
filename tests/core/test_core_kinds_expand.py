"""Variables in texts, as Go's `os.Expand` replaces them with Argo CD's answer to `$$`."""

from __future__ import annotations

import pytest

from trunkline.core.kinds.expand import expanded

KNOWN = {"A": "1", "ARGOCD_APP_NAME": "web"}


# What Go 1.26 prints for each.
@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("$A ${A}", "1 1"),
        ("${ARGOCD_APP_NAME}s $ARGOCD_APP_NAMEs", "webs "),
        ("$UNKNOWN. ${UNKNOWN}", ". "),
        ("$$A $$$A ${$}", "$A $1 $"),
        ("pa$$word", "pa$word"),
        ("$2y$10$abc", "y0"),
        ("$$2y$$10$$abc", "$2y$10$abc"),
        ("x$ $ y $(A) $.A $A$", "x$ $ y $(A) $.A 1$"),
        ("${} ${ ${A", "  A"),
        ("$-a $# $é", "a  $é"),
    ],
)
def test_what_a_text_says(text: str, gives: str) -> None:
    assert expanded(text, lambda name: KNOWN.get(name, "")) == gives
