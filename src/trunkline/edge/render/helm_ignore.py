"""`.helmignore`: which files of a chart's directory Helm does not load.

An archive holds what its maker chose, so Helm applies these rules to directories only, and so do
we before a chart becomes an archive. The rules differ from Git's in their own ways, all kept: a
`!` rule ignores everything that it does not match, and `**` is refused.
https://helm.sh/docs/chart_template_guide/helm_ignore_file/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from msgspec import Struct

from trunkline.core.rendering import RenderError

FILE = ".helmignore"

# Helm's only rule of its own: what an editor leaves in the templates folder.
_ALWAYS = "templates/.?*"


class Rule(Struct, frozen=True):
    """One line. `whole`: the pattern is held against the whole path, else against the name."""

    pattern: re.Pattern[str]
    negated: bool
    directories: bool
    whole: bool

    def ignores(self, path: str, *, directory: bool) -> bool:
        wrong_kind = self.directories and not directory
        matched = self.pattern.fullmatch(path if self.whole else posixpath.basename(path))
        if self.negated:
            return wrong_kind or not matched
        return not wrong_kind and bool(matched)


def kept(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a chart that Helm loads. Raises RenderError for a rule that is none."""
    text = files.get(FILE, b"").decode("utf-8-sig", "replace")
    rules = [rule for line in (*text.splitlines(), _ALWAYS) if (rule := parsed(line))]
    ignored: dict[str, bool] = {}

    def folder_ignored(path: str) -> bool:
        if path not in ignored:
            ignored[path] = bool(path) and (
                folder_ignored(posixpath.dirname(path))
                or any(rule.ignores(path, directory=True) for rule in rules)
            )
        return ignored[path]

    return {
        path: data
        for path, data in files.items()
        if not folder_ignored(posixpath.dirname(path))
        and not any(rule.ignores(path, directory=False) for rule in rules)
    }


def parsed(line: str) -> Rule | None:
    """The rule of a line, None for a comment or an empty one."""
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    if "**" in text:
        raise RenderError(f"{FILE}: {text}: Helm does not support **")
    negated, directories = text.startswith("!"), text.endswith("/")
    text = text.removeprefix("!").removesuffix("/")
    whole = "/" in text
    try:
        pattern = re.compile(_expression(text.removeprefix("/")), re.DOTALL)
    except re.error:
        raise RenderError(f"{FILE}: {line.strip()}: the pattern is broken") from None
    return Rule(pattern, negated, directories, whole)


_TOKEN = re.compile(r"\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\(.)|[\[\\]|.", re.DOTALL)


def _expression(glob: str) -> str:
    """The regular expression of a pattern of Go's path.Match: no wildcard crosses a `/`."""

    def translated(token: re.Match[str]) -> str:
        text = token[0]
        if text == "*":
            return "[^/]*"
        if text == "?":
            return "[^/]"
        if text in ("[", "\\"):
            raise re.error("unfinished")
        if text.startswith("["):
            return text if text.startswith("[^") else "[" + text[1:].replace("[", r"\[")
        return re.escape(token[1] or text)

    return _TOKEN.sub(translated, glob)
