"""The single rules of an AppProject: what a repository, destination, namespace or kind must be."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from trunkline.core.argo.fields import Fields
from trunkline.core.argo.glob import BadPattern, path_matches, shell_matches, url_matches
from trunkline.core.argo.regexes import expression
from trunkline.core.argo.repository import normal_repository
from trunkline.core.component import Cluster
from trunkline.core.manifest import Ref


class DestinationRule(Struct, frozen=True):
    """Clusters by server or by name, and namespaces; a part that begins with `!` refuses."""

    server: str = ""
    name: str = ""
    namespace: str = ""

    @property
    def refuses(self) -> bool:
        return any(one.startswith("!") for one in (self.server, self.name, self.namespace))

    def covers(self, cluster: Cluster, namespace: str) -> bool:
        """Whether the rule, its `!` aside, is about this place.

        Where both parts say `!`, each alone refuses: nothing of the named cluster, and nothing
        of the named namespace.
        """
        at_cluster = self._names(cluster)
        at_namespace = shell_matches(self.namespace.removeprefix("!"), namespace)
        if self._cluster_refused and self.namespace.startswith("!"):
            return at_cluster or at_namespace
        return at_cluster and at_namespace

    @property
    def _cluster_refused(self) -> bool:
        return self.server.startswith("!") or self.name.startswith("!")

    def _names(self, cluster: Cluster) -> bool:
        server, name = self.server.removeprefix("!").rstrip("/"), self.name.removeprefix("!")
        by_server = (shell_matches(server, one.rstrip("/")) for one in cluster.servers if server)
        by_name = (shell_matches(name, one) for one in cluster.names if name)
        return any(by_server) or any(by_name)


class KindRule(Struct, frozen=True):
    """Group and kind as globs of Go's path.Match; `name`, where given, narrows it to names."""

    group: str
    kind: str
    name: str = ""

    def covers(self, ref: Ref) -> bool:
        return (
            path_matches(self.group, ref.group)
            and path_matches(self.kind, ref.kind)
            and (not self.name or path_matches(self.name, ref.name))
        )


def check_pattern(
    fields: Fields, matches: Callable[[str, str], bool], pattern: str, *place: str | int
) -> None:
    """Notes a pattern that its language refuses, so that nobody meets it while matching."""
    try:
        matches(pattern, "")
    except BadPattern as error:
        fields.problem(str(error), *place)


def names_repository(rule: str, url: str) -> bool:
    """A rule is compared as it is written, and in the spelling that all protocols share."""
    return url_matches(rule, url) or url_matches(normal_repository(rule), normal_repository(url))


def names_namespace(rule: str, namespace: str) -> bool:
    """A glob, or a regular expression between slashes. Raises BadPattern."""
    if len(rule) > 1 and rule.startswith("/") and rule.endswith("/"):
        return expression(rule[1:-1]).search(namespace) is not None
    return shell_matches(rule, namespace)
