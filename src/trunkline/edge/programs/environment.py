"""The environment of a program: nothing but what is named here, or by the settings' patterns.

What a plan says must not hang on who asks for it: TF_CLI_ARGS, TF_WORKSPACE or TF_DATA_DIR of a
shell would change it. And what a program does not see, no provider and no script can leak.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from trunkline.edge.programs.found import Programs

# How this machine finds programs, its user's files, and the outside.
KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "XDG_CONFIG_HOME",
    "SSH_AUTH_SOCK",
    "GIT_SSH_COMMAND",
    "GIT_CONFIG_GLOBAL",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
# Without these a program reaches nothing of the user's: no key, no configuration, no agent.
PERSONAL = (
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_CONFIG_HOME",
    "SSH_AUTH_SOCK",
    "GIT_SSH_COMMAND",
    "GIT_CONFIG_GLOBAL",
)

# By these providers of the usual clouds get their credentials, and backends theirs, where the
# settings say nothing else: a state is to be read as it is, wherever it lies.
USUAL = (
    "AWS_*",
    "GOOGLE_*",
    "GCLOUD_*",
    "CLOUDSDK_*",
    "ARM_*",
    "AZURE_*",
    "TF_VAR_*",
    "TF_TOKEN_*",
    # Backends: http, pg, consul, kubernetes, oci, cos, oss, cloud; OpenTofu's encryption of states.
    "TF_HTTP_*",
    "PG*",
    "CONSUL_*",
    "KUBE_*",
    "OCI_*",
    "TENCENTCLOUD_*",
    "ALICLOUD_*",
    "ALIBABA_CLOUD_*",
    "TF_CLOUD_*",
    "TF_ENCRYPTION",
)

# Never taken over, whatever the patterns say: they change what a command means.
REFUSED = ("TF_CLI_ARGS*", "TF_WORKSPACE", "TF_DATA_DIR", "TF_INPUT", "TF_LOG_PATH", "TG_*")

CONFIG = "TF_CLI_CONFIG_FILE"
# Where a program reads its own settings, below the home folder, where that variable names none.
CONFIGS = (".tofurc", ".terraformrc", ".config/opentofu/tofurc")
ATTACHED = "TF_REATTACH_PROVIDERS"


class Outside(Struct, frozen=True):
    """How much of this machine a program sees.

    `patterns` name variables that are passed on. A `home` takes the place of the user's own, for
    code that is not trusted with it.
    """

    patterns: tuple[str, ...] = USUAL
    home: Path | None = None


def environment(
    programs: Programs,
    cache: Path,
    outside: Outside | None = None,
    *,
    machine: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """What a program of the set sees. `cache` is the folder for what all of them share; the one
    for providers is made in it, for Terraform refuses one that is not there.
    """
    outside = outside or Outside()
    plugins_in(cache).mkdir(parents=True, exist_ok=True, mode=0o700)
    machine = os.environ if machine is None else machine
    kept = [name for name in KEPT if outside.home is None or name not in PERSONAL]
    passed = {name: machine[name] for name in kept if name in machine}
    passed |= {n: v for n, v in machine.items() if _passes(n, outside.patterns)}
    if outside.home is None and Path(machine.get(CONFIG) or "/nowhere/at/all").is_file():
        passed[CONFIG] = machine[CONFIG]
    elif not Path(passed.get(CONFIG, "")).is_file():
        # Terragrunt cannot read the program's version where this names a missing file.
        passed.pop(CONFIG, None)
    home = {"HOME": str(outside.home)} if outside.home else {}
    return {**passed, **home, **_ours(programs, cache)}


def has_own_providers(seen: Mapping[str, str]) -> bool:
    """Whether a program that sees this may start providers that no lock file holds: one that is
    being developed, or one that somebody started before.
    """
    if seen.get(ATTACHED):
        return True
    home, config = Path(seen.get("HOME") or "/"), seen.get("XDG_CONFIG_HOME")
    places = [home / one for one in CONFIGS] + (
        [Path(config) / "opentofu/tofurc"] if config else []
    )
    return any("dev_overrides" in _text(one) for one in (*places, Path(seen.get(CONFIG) or "/")))


def plugins_in(cache: Path) -> Path:
    """Where providers are kept for all units."""
    return cache / "plugins"


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _passes(name: str, patterns: Sequence[str]) -> bool:
    def among(some: Sequence[str]) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in some)

    return among(patterns) and not among(REFUSED)


def _ours(programs: Programs, cache: Path) -> dict[str, str]:
    return {
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "TF_PLUGIN_CACHE_DIR": str(plugins_in(cache)),
        "TG_NON_INTERACTIVE": "true",
        "TG_NO_COLOR": "true",
        "TG_TF_PATH": str(programs.terraform.path),
    }
