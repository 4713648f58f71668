"""What this machine knows of repositories: credentials, and which hosts may be asked at all.

It never comes from a commit. A credential belongs to an origin (scheme, host, port) and a path
there; it is looked up by the address that is asked, so nothing that a commit says sends it
elsewhere.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.sources.address import Address, BadAddress

# Who shows a password alone shows a token, with which hosts of Git ask for some user or other; this
# one is the one that Argo CD gives.
TOKEN_USER = "x-access-token"
_CREDENTIALS = ("username", "password", "token", "ssh_key", "certificate", "key", "unusable")


@dataclass(frozen=True, slots=True)
class Access:
    """How one repository is reached, or (`prefix`) all below an address.

    The names are those of Argo CD's repository Secrets. `certificate`, `key` and `authority` are
    PEM texts. `project`: only components of that AppProject may use it. `unusable` says what
    of it is of a kind that cannot be used here, and what can: it is told to whoever needs it.
    """

    address: Address
    prefix: bool = False
    name: str = ""
    project: str = ""
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ssh_key: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)
    insecure: bool = False
    plain_http: bool = False
    pass_credentials: bool = False
    unusable: str = ""

    @property
    def holds_credentials(self) -> bool:
        return any(getattr(self, name) for name in _CREDENTIALS)

    @property
    def known(self) -> str:
        """What it is called in a message, and what tells it from others in a cache."""
        return f"{self.address} {self.project}".strip()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be shown, the encoded pair of user and password included."""
        shown = self.authorization.partition(" ")[2]
        return tuple(one for one in (self.password, shown, self.ssh_key, self.key) if one)

    @property
    def authorization(self) -> str:
        """The value of an Authorization header, "" where there is nothing to show."""
        if self.token:
            return f"Bearer {self.token}"
        if not (self.username or self.password):
            return ""
        pair = f"{self.username or TOKEN_USER}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def passes_on(self, asked: bool) -> bool:
        """Whether credentials may go where the repository points, as `passCredentials` asks.

        Who lists one repository knows whom its index names. A prefix covers repositories that
        a commit may choose, so there the machine's file has to say it.
        """
        return self.pass_credentials or (asked and not self.prefix)


class Keyring(Struct, frozen=True):
    """Everything that this machine says of sources.

    `servers` are addresses whose host and port may be asked, `hosts` globs of hosts, with `:port`
    for another than the usual ones; `only`: no other is asked. `known_hosts` are lines of ssh's
    file of that name. `stranger`: anybody might be asking, so that nothing of this machine goes
    along, not even what git or ssh know by themselves. `exposed` says what is wrong with the file
    itself, "" for nothing. `authorities` are by host the PEM texts that it is trusted by.
    """

    accesses: tuple[Access, ...] = ()
    servers: tuple[Address, ...] = ()
    hosts: tuple[str, ...] = ()
    only: bool = False
    known_hosts: str = ""
    file: str = "the sources file"
    stranger: bool = False
    exposed: str = ""
    authorities: tuple[tuple[str, str], ...] = ()

    def trusting(self, address: Address, access: Access | None) -> Access | None:
        """How its server is known by, where that is said of its host."""
        trusted = dict(self.authorities).get(address.host, "")
        if not trusted or (access and access.authority):
            return access
        return dataclasses.replace(access or Access(address), authority=trusted)

    def access(self, address: Address, project: str = "") -> Access | None:
        """The one for exactly this address, else that with the longest prefix.

        One of the component's own project goes before one for all. One without credentials takes
        those of the next, as in Argo CD.
        """
        usable = (one for one in self.accesses if one.project in ("", project))
        found = sorted((one for one in usable if _fits(one, address)), key=_rank, reverse=True)
        holding = next((one for one in found if one.holds_credentials), None)
        if not found or not holding or found[0] is holding:
            return found[0] if found else None
        return dataclasses.replace(
            found[0], **{name: getattr(holding, name) for name in _CREDENTIALS}
        )

    def goes_along(self, address: Address, parent: Address | None, project: str = "") -> bool:
        """Whether who reads the parent may have the other read for it: what is shown there is
        nothing, or what is shown to the parent."""
        shown = self.access(address, project)
        if shown is None or not shown.holds_credentials:
            return True
        known = self.access(parent, project) if parent else None
        return known is not None and all(
            getattr(shown, name) == getattr(known, name) for name in _CREDENTIALS
        )

    def named(self, name: str) -> Access | None:
        """The repository that `@name` and `alias:name` mean."""
        return next((one for one in self.accesses if one.name == name and not one.prefix), None)

    def refusal(self, address: Address) -> str:
        """Why the address may not be asked, whatever its IP address is; "" if it may be."""
        if self.lists(address):
            return ""
        if self.stranger and address.scheme != "https":
            return f"{address.scheme}:// is not asked for a change from outside"
        if address.scheme in ("http", "file"):
            return f"{address.scheme}:// is asked only where {self.file} lists it"
        return f"{address.host} is not listed in {self.file}" if self.only else ""

    def lists(self, address: Address) -> bool:
        """Whether the machine names this host, and so may ask it at a private address too."""
        if address.scheme == "file":
            return any(_fits(one, address) for one in self.accesses)
        return (
            any(_names(one, address) for one in self.hosts)
            or any(_same_server(one.address, address, one.plain_http) for one in self.accesses)
            or any(_same_server(one, address) for one in self.servers)
        )

    def secrets(self) -> Iterator[str]:
        """Every secret, for whoever has to look that none gets out."""
        for one in self.accesses:
            yield from one.secrets


def of_stranger(keyring: Keyring) -> Keyring:
    """The keyring for what a change from outside names: what anybody could fetch from anywhere."""
    return Keyring(only=keyring.only, file=keyring.file, stranger=True)


def with_hosts_of(urls: Iterable[str], keyring: Keyring) -> Keyring:
    """The keyring that lists these repositories' servers too: whoever cloned them named them."""
    known = [one for one in map(address_of, urls) if one and one.scheme != "file"]
    return replace(keyring, servers=(*keyring.servers, *known))


def address_of(url: str) -> Address | None:
    """What the text says, None for one that is no address."""
    try:
        return Address.parse(url)
    except BadAddress:
        return None


def _fits(access: Access, address: Address) -> bool:
    return address.below(access.address) if access.prefix else address.same(access.address)


def _rank(access: Access) -> tuple[bool, int, bool]:
    return not access.prefix, len(access.address.path), bool(access.project)


def _same_server(mine: Address, asked: Address, plain_http: bool = False) -> bool:
    """Plain HTTP is listed by an address that says http, or by a registry that says plain HTTP."""
    if (mine.host, mine.used_port) != (asked.host, asked.used_port):
        return False
    return asked.scheme != "http" or mine.scheme == "http" or plain_http


def _names(pattern: str, address: Address) -> bool:
    host, colon, port = pattern.rpartition(":")
    if not colon or pattern.endswith("]"):
        host, port = pattern, ""
    if port and int(port) != address.used_port:
        return False
    if not port and (address.port or address.scheme == "http"):
        return False
    return fnmatchcase(address.host, host.strip("[]").lower())
