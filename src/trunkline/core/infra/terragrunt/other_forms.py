"""Units in forms that are not read: so that nobody takes them for none.

Terragrunt 0.19 took its settings out of `terraform.tfvars`; that form runs with no Terragrunt of
today. `terragrunt.hcl.json` does, and is rare.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.reading import Files
from trunkline.core.infra.terragrunt.functions import UNIT_FILE

TFVARS = "terraform.tfvars"
JSON = f"{UNIT_FILE}.json"
_OLD = re.compile(r"^[ \t]*terragrunt[ \t]*=[ \t]*\{", re.M)


def other_forms(files: Files, directories: Iterable[str]) -> Iterator[Finding]:
    """A warning for each directory that is a unit in such a form only."""
    for directory in directories:
        if files.is_known(posixpath.join(directory, UNIT_FILE)):
            continue
        old, other = (posixpath.join(directory, one) for one in (TFVARS, JSON))
        if files.is_known(other):
            yield _told(other, "a unit of Terragrunt in JSON is not read", _AS_HCL)
        elif files.is_known(old) and (found := _OLD.search(files.text(old) or "")):
            line = found.string.count("\n", 0, found.start()) + 1
            yield _told(old, "this form of Terragrunt ended with version 0.18", _MIGRATE, line)


_AS_HCL = f"write it as {UNIT_FILE}"
_MIGRATE = f"write it as {UNIT_FILE}: Terragrunt's guide for 0.19 says how"


def _told(file: str, what: str, remedy: str, line: int = 0) -> Finding:
    said = f"{what}, so no unit is seen here"
    return Finding("infra-form", said, Severity.WARNING, file, line, remedy=remedy)
