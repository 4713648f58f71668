"""What the programs say, read for people and for what must be done about it."""

from __future__ import annotations

import re

_FRAME = re.compile(r"^[ \t]*[│╷╵|][ \t]?", re.M)
_LOG = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} +(?:ERROR|WARN|INFO|STDOUT|STDERR|DEBUG) +", re.M)
_PREFIX = re.compile(r"^(?:\[[^\]\n]*\] +)?(?:tofu|terraform|OpenTofu|Terraform): ?", re.M)
_ERROR = re.compile(r"^Error: ", re.M)
_MOCKED = re.compile(
    r"Config (\S+) is a dependency of \S+ that has no outputs, but mock outputs provided"
)
_NO_OUTPUTS = re.compile(r"(\S+) is a dependency of \S+ but detected no outputs")
_STALE = re.compile(
    r"[Ss]aved plan is stale|plan was created against a different state|"
    r"[Ss]aved plan does not match the given state|created from a\s+different state lineage"
)
_LOCKED = re.compile(r"Error acquiring the state lock.*?Lock Info:\s*\n(.*?)(?:\n\s*\n|\Z)", re.S)
_LOCK_FIELD = re.compile(r"^\s*(ID|Path|Operation|Who|Created|Info):\s*(.*?)\s*$", re.M)
_INIT = re.compile(
    r"Backend initialization required|[Rr]equired plugins are not installed|"
    r"Inconsistent dependency lock file|Module not installed|Module source has changed|"
    r"Missing required provider|Initialization required|please run \"?\w+ init"
)

# Two inits met in the shared cache of providers: OpenTofu 1.12 panics where the other has just
# begun to unpack, or misses what it installed; both report a file that is being written.
_CACHE_RACE = re.compile(
    r"panic: [\s\S]*providercache|it\s+is\s+still\s+not\s+detected\s+in|text file busy"
)

LONGEST = 4000


def plain(text: str) -> str:
    """Without the frames and prefixes that are for a terminal's eye."""
    return _FRAME.sub("", _PREFIX.sub("", _LOG.sub("", text)))


def error_of(text: str) -> str:
    """The errors of an output, without what was said before them."""
    said = plain(text).strip()
    found = _ERROR.search(said)
    told = said[found.start() :] if found else said
    lines = [line.rstrip() for line in told.splitlines()]
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}\n… ({len(whole)} characters)"


def first_line(error: str) -> str:
    """An error in one line: its heading, and where it stands if that is said."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    head = lines[0].removeprefix("Error: ") if lines else ""
    place = next((line for line in lines if line.startswith("on ") and " line " in line), "")
    return f"{head} ({place.rstrip(':')})" if place else head


def mocked(text: str) -> tuple[str, ...]:
    """The files of the dependencies whose mock outputs Terragrunt put in."""
    return tuple(sorted(set(_MOCKED.findall(text))))


def without_outputs(text: str) -> tuple[str, ...]:
    """The files of the dependencies that have no outputs, so that nothing could be planned."""
    return tuple(sorted(set(_NO_OUTPUTS.findall(plain(text)))))


def is_stale(text: str) -> bool:
    """Whether a saved plan was refused because the state is another by now."""
    return bool(_STALE.search(text))


def wants_init(text: str) -> bool:
    """Whether the program says that its directory is not initialised for this code."""
    return bool(_INIT.search(text))


def lock_of(text: str) -> dict[str, str]:
    """The holder of a state lock that was in the way, {} where none was."""
    found = _LOCKED.search(plain(text))
    return dict(_LOCK_FIELD.findall(found[1])) if found else {}


def is_cache_race(text: str) -> bool:
    """Whether two inits were in each other's way: the same again finds all unpacked."""
    return bool(_CACHE_RACE.search(text))
