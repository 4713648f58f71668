"""OpenTofu and Terragrunt, built once from pinned Go modules, each in a module of its own: their
dependencies do not agree. A first build takes minutes (2 cores: four to five each).
"""

from __future__ import annotations

import re
from pathlib import Path

from gobuild import Module, Say, Unavailable, built

HERE = Path(__file__).parent

OPENTOFU = "github.com/opentofu/opentofu"
TERRAGRUNT = "github.com/gruntwork-io/terragrunt"


def tofu(say: Say) -> Path:
    """The path of OpenTofu. Raises Unavailable."""
    # A program that is not told that it is a release calls itself 1.x.y-dev.
    flags = f"-s -w -X {OPENTOFU}/version.dev=no"
    return built(Module(HERE / "tofu", "tofu", "OpenTofu", flags), say) / "tofu"


def terragrunt(say: Say) -> Path:
    """The path of Terragrunt. Raises Unavailable."""
    folder = HERE / "terragrunt"
    flags = f"-s -w -X {TERRAGRUNT}/internal/version.Version={required(folder, TERRAGRUNT)}"
    return built(Module(folder, "terragrunt", "Terragrunt", flags), say) / "terragrunt"


def required(folder: Path, module: str) -> str:
    """The version of a module that a `go.mod` requires."""
    found = re.search(rf"{re.escape(module)} (v\S+)", (folder / "go.mod").read_text())
    if found is None:
        raise Unavailable(f"{folder / 'go.mod'} does not require {module}")
    return found.group(1)


if __name__ == "__main__":
    print(tofu(print), terragrunt(print))
