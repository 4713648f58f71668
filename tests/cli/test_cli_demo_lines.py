"""The demo on a narrow terminal."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from trunkline.cli.demo.laid import Laid

SAID = """\
networkpolicy "billing-clients" deleted from db-billing namespace

  ~ Deployment.apps billing/web of many words
"""
SHOWN = """\
  networkpolicy "billing-clients"
  deleted from db-billing namespace

    ~ Deployment.apps billing/web of
    many words
"""


def test_no_word_breaks_and_a_line_goes_on_where_it_began() -> None:
    console = Console(file=io.StringIO(), width=36, force_terminal=True, color_system=None)
    console.print(Laid(Text(SAID.rstrip("\n")), indent=2))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == SHOWN
