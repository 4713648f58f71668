"""One health rule in Lua: its text, where it stands, and which kinds it judges."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from trunkline.core.argo.glob import BadPattern, shell_matches
from trunkline.core.finding import Finding, Severity

FILE = "health.lua"

# Far more than any rule needs; what is larger is no rule.
LARGEST = 256 * 1024


class LuaRule(Struct, frozen=True):
    """One rule: `kinds` is `group/Kind`, or `Kind` for the core group, `*` for any letters.

    `line` is the line of the file before the rule's first, so that its line 1 is `line + 1`.
    """

    kinds: str
    source: str
    file: str
    line: int = 0
    configured: bool = False

    @property
    def pattern(self) -> bool:
        return any(sign in self.kinds for sign in "*?[{")

    def judges(self, group: str, kind: str) -> bool:
        name = f"{group}/{kind}" if group else kind
        return shell_matches(self.kinds, name) if self.pattern else self.kinds == name

    def place(self, line: int = 1) -> str:
        """Where the rule's own line stands: `argocd-cm.yaml:12`."""
        return f"{self.file}:{self.line + line}"


def checked(rule: LuaRule, findings: list[Finding]) -> Iterator[LuaRule]:
    if len(rule.source) > LARGEST:
        said = f"the rule for {rule.kinds} is larger than {LARGEST // 1024} KiB and is not used"
    elif rule.pattern and not _is_pattern(rule.kinds):
        said = f"{rule.kinds} is no pattern for a kind"
    else:
        yield rule
        return
    findings.append(finding(said, rule.file, rule.line + 1))


def _is_pattern(kinds: str) -> bool:
    try:
        shell_matches(kinds, "")
    except BadPattern:
        return False
    return True


def finding(said: str, file: str, line: int) -> Finding:
    return Finding("broken-health-rule", said, Severity.WARNING, file=file, line=line)
