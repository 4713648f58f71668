"""Records `trunkline demo` as the picture of the README: `python docs/record_demo.py`.

It runs the real demo and draws what it printed, in the colours of a dark terminal. The picture
names no font from elsewhere: it is shown with the reader's own monospace.
"""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from trunkline.cli.demo.acts import tell_story
from trunkline.cli.demo.stage import staged
from trunkline.cli.signs import DARK

PICTURE = Path(__file__).with_name("demo.svg")
WIDTH = 100

GROUND, TEXT = (14, 16, 19), (232, 234, 237)
RED, GREEN, YELLOW, BLUE = (255, 107, 102), (62, 207, 142), (242, 180, 80), (109, 155, 255)
VIOLET, CYAN, GREY, WHITE = (190, 140, 255), (90, 200, 220), (100, 107, 118), (232, 234, 237)
COLOURS = TerminalTheme(
    GROUND,
    TEXT,
    [GROUND, RED, GREEN, YELLOW, BLUE, VIOLET, CYAN, WHITE],
    [GREY, RED, GREEN, YELLOW, BLUE, VIOLET, CYAN, WHITE],
)

# Addresses of the practice clusters are other ones in every run.
_PORT = re.compile(r"(127\.0\.0\.1):\d+")


async def record() -> str:
    """The demo as SVG text."""
    console = Console(
        record=True, file=io.StringIO(), width=WIDTH, theme=DARK, highlight=False, soft_wrap=False
    )
    async with staged(console) as stage:
        await tell_story(stage)
    return self_contained(console.export_svg(title="trunkline demo", theme=COLOURS))


def self_contained(svg: str) -> str:
    """The picture without fonts from other hosts, and with the same ports every time."""
    without_fonts = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    return _PORT.sub(r"\1:6443", without_fonts).replace("Fira Code", "ui-monospace")


if __name__ == "__main__":
    PICTURE.write_text(asyncio.run(record()), encoding="utf-8")
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} KB")
