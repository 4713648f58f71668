"""Signs and colours of the terminal, the same as on the web page: a colour never stands alone."""

from __future__ import annotations

from rich.theme import Theme

THEME = Theme(
    {
        "rail": "#1f5eff",
        "good": "#12805c",
        "bad": "#c9302c",
        "held": "#b0700a",
        "faint": "#8a8d91",
        "soft": "#76797d",
        "strong": "bold",
    }
)

DARK = Theme(
    {
        "rail": "#6d9bff",
        "good": "#3ecf8e",
        "bad": "#ff6b66",
        "held": "#f2b450",
        "faint": "#646b76",
        "soft": "#9aa1ab",
        "strong": "bold",
    }
)

ARRIVED, GOING, HELD, FAILED, WAITING = "✓", "●", "‖", "!", "○"

# status or outcome → (sign, style)
STATES: dict[str, tuple[str, str]] = {
    "Synced": (ARRIVED, "good"),
    "Healthy": (ARRIVED, "good"),
    "connected": (ARRIVED, "good"),
    "succeeded": (ARRIVED, "good"),
    "Progressing": (GOING, "rail"),
    "running": (GOING, "rail"),
    "OutOfSync": (GOING, "rail"),
    "Suspended": (HELD, "held"),
    "skipped": (HELD, "held"),
    "cancelled": (HELD, "held"),
    "Missing": (WAITING, "faint"),
    "Unknown": (WAITING, "faint"),
    "Degraded": (FAILED, "bad"),
    "failed": (FAILED, "bad"),
    "down": (FAILED, "bad"),
    "refused": (FAILED, "bad"),
    "untrusted": (FAILED, "bad"),
}


def state(word: str) -> str:
    """A state with its sign and colour, as rich markup."""
    glyph, style = STATES.get(word, (WAITING, "faint"))
    return f"[{style}]{glyph} {word}[/]" if word else ""


def sign(word: str) -> str:
    """The sign of a state alone, in its colour."""
    glyph, style = STATES.get(word, (WAITING, "faint"))
    return f"[{style}]{glyph}[/]"
