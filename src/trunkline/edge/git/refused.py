"""What git says when a repository cannot be had, as an error that a person can act on."""

from __future__ import annotations

import re

from trunkline.edge.git.errors import GitError

_NOISE = re.compile(r"^(fatal|error|warning|remote|ERROR): *", re.MULTILINE)
_CREDENTIALS = "add its address with credentials to {file}"

# The first that matches counts; each with what it means and what to do.
_MEANINGS = (
    (r"Host key verification failed", "its ssh host key is not known",
     "check the key and add its line to knownHosts in {file}"),
    (r"Permission denied|publickey", "it refuses the ssh key", _CREDENTIALS),
    (r"Authentication failed|could not read Username|returned error: 40[13]|HTTP Basic",
     "it refuses us: no credentials, or not the right ones", _CREDENTIALS),
    (r"returned error: 30\d|redirect", "it redirects elsewhere, which is not followed",
     "name the address that it redirects to"),
    (r"not found|does not exist|returned error: 404|not appear to be a git repository",
     "no such repository is there, or it is not shown to us", _CREDENTIALS),
    (r"certificate", "its TLS certificate is not trusted",
     "give its authority as tlsAuthority in {file}"),
    (r"Could not resolve|resolve hostname", "no host of this name is found",
     "look whether the address is right"),
    (r"No space left on device|Disk quota exceeded", "the disk of its mirror is full",
     "free some space, or let TRUNKLINE_CACHE name another place"),
    (r"File size limit|file size", "it sends more than may be fetched", ""),
)  # fmt: skip


def told(shown: str, said: str, file: str) -> GitError:
    """The error for what git said of the repository."""
    for pattern, meaning, remedy in _MEANINGS:
        if re.search(pattern, said, re.IGNORECASE):
            return GitError(f"{shown}: {meaning}", remedy=remedy.format(file=file))
    words = " ".join(_NOISE.sub("", said).split())[:300] or "git was ended"
    return GitError(f"{shown}: {words}", remedy="look whether it is up, then run again")
