"""Which provider exactly a plan was made with: what the schema that it needs is remembered by.

A plan's file carries the lock file that it was made under, and a program starts only a provider
whose package has one of the hashes there. So a program's version, a provider's address, its version
and these hashes name one schema. A provider that is built in has the program's version. Where there
are no hashes (a provider that is being developed is started unlocked) nothing is sure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from trunkline.core.infra.planfile.unsure import Unsure

BUILT_IN = "terraform.io/builtin/"

_PROVIDER = re.compile(r'^provider "([^"\n]+)" \{\n(.*?)^\}', re.M | re.S)
_VERSION = re.compile(r'^\s*version\s*=\s*"([^"\n]+)"', re.M)
_HASH = re.compile(r'^\s*"([^"\n]+)",?\s*$', re.M)
_ADDRESS = re.compile(r'(?:^|\.)provider\["([^"]+)"\](?:\.|$)')


def provider_of(config: str) -> str:
    """The provider's address in that of a configuration of it: `module.a.provider["…"].west`.

    Raises Unsure.
    """
    found = _ADDRESS.search(config)
    if found is None:
        raise Unsure(f"{config} names no provider")
    return found.group(1)


def schema_keys(program: str, locks: str, providers: Iterable[str]) -> dict[str, str]:
    """Each provider with the name under which its schema is remembered. Raises Unsure.

    `program` is its name and version, `locks` the text of the lock file.
    """
    locked = dict(_PROVIDER.findall(locks))
    return {one: _key(program, one, locked) for one in sorted(providers)}


def _key(program: str, provider: str, locked: dict[str, str]) -> str:
    if provider.startswith(BUILT_IN):
        return _digest(program, provider)
    said = locked.get(provider, "")
    version, hashes = _VERSION.search(said), sorted(_HASH.findall(said))
    if version is None or not hashes:
        raise Unsure(f"no lock says which {provider} it is")
    return _digest(program, provider, version.group(1), *hashes)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
