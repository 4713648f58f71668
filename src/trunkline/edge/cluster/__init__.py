"""The Kubernetes API of one cluster: a thin client, what it serves, and how it is reached."""

from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.client import ClusterClient, Page, WatchEvent, connect
from trunkline.edge.cluster.discovery import Discovery, Resource
from trunkline.edge.cluster.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.ways import access_of, contexts

__all__ = [
    "Access",
    "ApiError",
    "ClientLimits",
    "ClusterClient",
    "Conflict",
    "Discovery",
    "Forbidden",
    "Gone",
    "Invalid",
    "NotFound",
    "Page",
    "Resource",
    "TooManyRequests",
    "Unauthorized",
    "Unreachable",
    "WatchEvent",
    "access_of",
    "connect",
    "contexts",
]
