"""Sources of modules that lead elsewhere from day to day: a repository at a branch, or at no ref.

The programs fetch a module once and keep it. On a machine that keeps its working folders that would
be the branch of last week, so such modules are fetched again for each plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs

from trunkline.core.infra.hcl import Body, HclError
from trunkline.core.infra.hcl.syntax import Expression, Literal, parts_of
from trunkline.core.infra.modules import code_of
from trunkline.core.infra.reading import Files

# developer.hashicorp.com/terraform/language/modules/sources: what is fetched by git.
_GIT = re.compile(r"^git::|^git@|^(?:https?://)?(?:github\.com|bitbucket\.org)/|\.git(?:/|\?|$)")
# A commit, or a tag of a version; tags of other names are fetched again too, which costs a moment.
_FIXED = re.compile(r"[0-9a-f]{7,40}|.*?v?\d+(?:\.\d+)*(?:[-+][\w.]+)?")


def is_moving(source: str) -> bool:
    """Whether the module of this source may be another tomorrow."""
    if source.startswith((".", "/")) or not _GIT.search(source):
        return False
    ref = parse_qs(source.partition("?")[2]).get("ref", [""])[0]
    return not _FIXED.fullmatch(ref)


def has_moving_modules(files: Files, directories: Iterable[str]) -> bool:
    """Whether code in one of these directories calls such a module."""
    paths = (path for one in directories for path in code_of(files, one))
    return any(is_moving(text) for path in paths for text in _sources(files, path, "module"))


def has_moving_source(files: Files, paths: Iterable[str]) -> bool:
    """Whether one of these files of Terragrunt says that a unit runs such a module."""
    return any(is_moving(text) for path in paths for text in _sources(files, path, "terraform"))


def _sources(files: Files, path: str, kind: str) -> list[str]:
    try:
        body: Body = files.body(path)
    except HclError:
        return []
    found = (block.body.attribute("source") for block in body.of(kind))
    return [_text(one.value) for one in found if one]


def _text(one: Expression) -> str:
    """What is written of it. What is filled in stands for a version: most often it is one."""
    if isinstance(one, Literal):
        return str(one.value)
    return "".join(str(part.value) if isinstance(part, Literal) else "0" for part in parts_of(one))
