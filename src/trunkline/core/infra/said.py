"""What the programs say, read for people and for what must be done about it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping

from trunkline.core.shell import word

_FRAME = re.compile(r"^[ \t]*[│╷╵|][ \t]?", re.M)
_LOG = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} +(?:ERROR|WARN|INFO|STDOUT|STDERR|DEBUG) +", re.M)
_PREFIX = re.compile(r"^(?:\[[^\]\n]*\] +)?(?:tofu|terraform|OpenTofu|Terraform): ?", re.M)
_ERROR = re.compile(r"^Error: ", re.M)
_REPORT = re.compile(
    r"^(?:max retry attempts \(\d+\) reached for error: )?(?:\d+ )?errors? occurred:\s*\n"
    r"(?=\s*\* )",
    re.M,
)
_POINT = re.compile(r"^\s*\* ", re.M)
_FAILED_COMMAND = re.compile(r'\AFailed to execute "[^\n]*\n')
_HOOK = re.compile(r'^(Hook "[^"\n]*" \(command: .*\) exited with non-zero exit code \d+)', re.M)
_ECHO = re.compile(r":\d+,\d+-(?:\d+,)?\d+: ([^;]+); (.+)$")
_EXIT = re.compile(r"(?:^|\n)\s*exit status \d+\s*\Z")
_PLACE = re.compile(r"^(\s*on )(\S.*?)( line \d+)", re.M)
_MOCKED = re.compile(
    r"Config ([^\n]+?) is a dependency of [^\n]+ that has no outputs, but mock outputs provided"
)
_DEVELOPED = re.compile(r"[Pp]rovider development overrides are in effect")
_NO_OUTPUTS = re.compile(
    r"(?:^|(?<=\s))(/(?:(?! /)[^\n])*?) is a dependency of [^\n]+ but detected no outputs", re.M
)
# What Terragrunt logs of an error that an `errors` block ignores, as long as no other one came.
_IGNORED = re.compile(
    r"^[\d:.]+ +WARN +(?:\[[^\n]*?\] +)?Ignoring error, reason: ([^\n]*)"
    r"(?![\s\S]*^[\d:.]+ +ERROR )",
    re.M,
)
_ASIDES = re.compile(
    r"^(?:Ignoring error, reason: |Writing error signals to |Encountered retryable error: |"
    r"Attempt \d+ of \d+\. Waiting )[^\n]*\n?",
    re.M,
)
_STALE = re.compile(
    r"[Ss]aved plan is stale|plan was created against a different state|"
    r"[Ss]aved plan does not match the given state|created from a\s+different state lineage"
)
_LOCKED = re.compile(r"Error acquiring the state lock.*?Lock Info:\s*\n(.*?)(?:\n\s*\n|\Z)", re.S)
# Terraform 1.11 shows the lock that was asked for in place of the one in the way (http backend).
_IN_THE_WAY = re.compile(r"already locked:\s+ID=(\S+)")
_LOCK_FIELD = re.compile(r"^[ \t]*(ID|Path|Operation|Who|Created|Info):[ \t]*(.*?)[ \t\r]*$", re.M)
_BUSY = re.compile(r"failed\s+to\s+lock\s|already\s+locked|acquiring\s+the\s+state\s+lock", re.I)
_INIT = re.compile(
    r"Backend initialization required|[Rr]equired plugins are not installed|"
    r"Inconsistent dependency lock file|Module not installed|Module source has changed|"
    r"Missing required provider|Initialization required|please run \"?\w+ init"
)
# The lock file holds another version, or another package of it, than the code may have.
_UNSAVED = re.compile(r"Saving\s+a\s+generated\s+plan\s+is\s+currently\s+not\s+supported")
REMOTE = (
    "its workspace runs at its host (remote execution), where no plan can be kept to be applied as "
    "it was seen: set its execution mode to local, then the host keeps its state only"
)
_CLOUD = re.compile(r"The\s+-reconfigure\s+option\s+is\s+for\s+in-place\s+reconfiguration")
_PINNED = re.compile(
    r"locked\s+provider\s+\S+\s+\S+\s+does\s+not\s+match\s+configured\s+version|"
    r"match\s+any\s+of\s+the\s+checksums\s+(?:previously\s+)?recorded\s+in\s+the\s+dependency\s+lock"
)

# Two inits met in the shared cache of providers: OpenTofu 1.12 panics where the other has just
# begun to unpack, or misses what it installed; both report a provider that is being written. A
# script of a hook or a provisioner may be busy too: that is no race, and no reason to apply again.
_CACHE_RACE = re.compile(
    r"panic: [\s\S]*providercache|it\s+is\s+still\s+not\s+detected\s+in|"
    r"(?:providers/|terraform-provider-)\S*:\s+text\s+file\s+busy"
)
# Two inits made the same table in a new database of states. What a resource made there names itself
# in the lines below: that is nobody's race.
_TABLE_RACE = re.compile(
    r"^Error: pq: (?:duplicate key value violates unique constraint \"pg_|"
    r"(?:schema|relation|type) \"[^\"\n]*\" already exists)[^\n]*\n?(?!\s+with )",
    re.M,
)

# A state that the program cannot read; the words are broken into lines of a terminal's width.
_NEWER = re.compile(
    r"uses format version (\d+), which is not supported by (\w+ \S+?)\. "
    r"This state file was created by (\w+ \S+?)\.(?: |$)"
)
_SNAPSHOT = re.compile(
    r"state snapshot was created by (\w+ v?\S+?),? which is newer than current (v?[\w.+-]+\w)"
)
_WHY_NO_LOCK = re.compile(r"^Error message: (.*?)(?:\n\s*\n|\Z)", re.S | re.M)

LONGEST = 4000


def develops_provider(said: str) -> bool:
    """Whether the program ran a provider that somebody is developing."""
    return bool(_DEVELOPED.search(said))


def plain(text: str) -> str:
    """Without the frames and prefixes that are for a terminal's eye."""
    return _FRAME.sub("", _PREFIX.sub("", _LOG.sub("", text)))


def _without_asides(text: str) -> str:
    """Nor what Terragrunt says between two attempts, and of an error that it ignores."""
    return _ASIDES.sub("", text)


def error_of(text: str) -> str:
    """The errors of an output, each once, without what was said before them."""
    own = _without_report(_without_echo(_without_asides(plain(text))))
    said = _HOOK.sub(r"Error: \1", own).strip()
    found = _ERROR.search(said)
    told = said[found.start() :] if found else said
    lines = [line.rstrip() for line in _once(told).splitlines()]
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}\n… ({len(whole)} characters)"


def _without_report(text: str) -> str:
    """Terragrunt lists at its end what went wrong, and in it once more what the program below it
    has printed already; what else the list says stays.
    """
    report = _REPORT.search(text)
    if report is None:
        return text
    before = text[: report.start()]
    points = [_own(one) for one in _POINT.split(text[report.end() :]) if one.strip()]
    known = _flat(before)
    return "\n\n".join([before.rstrip(), *(one for one in points if _flat(one) not in known)])


def _without_echo(text: str) -> str:
    """Nor does a line stay that says of a `terragrunt.hcl` again what was said at length."""
    kept: list[str] = []
    for line in text.splitlines():
        found = _ECHO.search(line)
        known = _flat("\n".join(kept)) if found else ""
        if not (found and _flat(found[1]) in known and _flat(found[2]) in known):
            kept.append(line)
    return "\n".join(kept)


def _own(point: str) -> str:
    """A point of the list without the command that failed, and without its exit code."""
    return _EXIT.sub("", inspect.cleandoc(_FAILED_COMMAND.sub("\n", point))).strip()


def _once(text: str) -> str:
    """A program that is started again after an error says the same again."""
    found: dict[str, str] = {}
    for part in re.split(r"^(?=Error: )", text, flags=re.M):
        found.setdefault(_flat(part), part)
    return "".join(found.values())


def _flat(text: str) -> str:
    """What is said, however it is laid out."""
    return " ".join(text.split())


def placed(error: str, place: Callable[[str], str]) -> str:
    """An error whose files are named as `place` says: a program names them from where it ran."""
    return _PLACE.sub(lambda found: f"{found[1]}{place(found[2])}{found[3]}", error)


def newer_state(text: str) -> str:
    """Of a state that a newer program wrote, so that this one cannot read it; "" for none."""
    flat = " ".join(plain(text).split())
    if found := _NEWER.search(flat):
        return (
            f"its state was written by {found[3]}, in a format (version {found[1]}) that "
            f"{found[2]} does not know: run {found[3]} or a newer one; nothing was changed"
        )
    if found := _SNAPSHOT.search(flat):
        return (
            f"its state was written by {found[1]}, which is newer than this program ({found[2]}): "
            f"run {found[1]} or a newer one; nothing was changed"
        )
    return ""


def first_line(error: str) -> str:
    """An error in one line: its heading, and where it stands if that is said."""
    if (why := _WHY_NO_LOCK.search(error)) and not lock_of(error):
        return " ".join(why[1].split())
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    head = lines[0].removeprefix("Error: ").rstrip(":") if lines else ""
    place = next((line for line in lines if line.startswith("on ") and " line " in line), "")
    return f"{head} ({place.rstrip(':')})" if place else head


def mocked(text: str) -> tuple[str, ...]:
    """The files of the dependencies whose mock outputs Terragrunt put in."""
    return tuple(sorted(set(_MOCKED.findall(text))))


def without_outputs(text: str) -> tuple[str, ...]:
    """The files of the dependencies that have no outputs, so that nothing could be planned."""
    return tuple(sorted(set(_NO_OUTPUTS.findall(plain(text)))))


def ignored(text: str) -> str:
    """Why Terragrunt ignores that a command failed, in words; "" where it does not."""
    found = _IGNORED.search(text)
    reason = found[1].strip() or "its `errors` block gives no reason" if found else ""
    return f"its error is ignored: {reason}" if reason else ""


def is_stale(text: str) -> bool:
    """Whether a saved plan was refused because the state is another by now."""
    return bool(_STALE.search(text))


def wants_init(text: str) -> bool:
    """Whether the program says that its directory is not initialised for this code."""
    return bool(_INIT.search(text))


def refuses_pin(text: str) -> bool:
    """Whether an init failed for what the lock file of the providers pins."""
    return bool(_PINNED.search(plain(text)))


def refuses_reconfigure(text: str) -> bool:
    """Whether an init failed for an option that a `cloud` block knows nothing of."""
    return bool(_CLOUD.search(plain(text)))


def runs_elsewhere(text: str) -> str:
    """What to do about a workspace whose host runs the program, "" where it does not."""
    return REMOTE if _UNSAVED.search(plain(text)) else ""


def was_killed(code: int, text: str) -> bool:
    """Whether a program ended by a signal that none can hear: it, or the one below Terragrunt."""
    return code < 0 or "signal: killed" in text


def is_locked(text: str) -> bool:
    """Whether somebody else's lock was in the way, of a state or of the list of workspaces."""
    return bool(_BUSY.search(plain(text)))


def lock_of(text: str) -> dict[str, str]:
    """The holder of a state lock that was in the way, {} where none was; its ID alone, where the
    program tells nothing else of it.
    """
    said = plain(text)
    found, other = _LOCKED.search(said), _IN_THE_WAY.search(said)
    if found is None:
        return {}
    told = dict(_LOCK_FIELD.findall(found[1]))
    return told if other is None or other[1] == told.get("ID") else {"ID": other[1]}


def locked_words(unit: str, lock: Mapping[str, str]) -> str:
    """Who holds a unit's state, and what to do where that one is dead."""
    unlock = f"trunkline infra unlock {word(unit)} --state-lock {word(lock.get('ID') or 'ID')}"
    if "Who" not in lock:
        return f"its state is locked, its program does not say by whom; if that is dead: {unlock}"
    holder = f"{lock['Who']} since {lock.get('Created', '?')} ({lock.get('Operation', '?')})"
    return f"its state is locked by {holder}; if that is dead: {unlock}"


def is_race(text: str) -> bool:
    """Whether two inits were in each other's way: the same again finds all that it needs."""
    return bool(_CACHE_RACE.search(text) or _TABLE_RACE.search(plain(text)))
