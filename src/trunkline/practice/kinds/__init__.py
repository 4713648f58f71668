"""What the practice cloud can make, one kind a file."""

from trunkline.practice.kinds.bucket import BUCKET
from trunkline.practice.kinds.cluster import CLUSTER
from trunkline.practice.kinds.database import DATABASE
from trunkline.practice.kinds.kind import Kind
from trunkline.practice.kinds.load_balancer import LOAD_BALANCER
from trunkline.practice.kinds.network import NETWORK

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (NETWORK, CLUSTER, DATABASE, BUCKET, LOAD_BALANCER)
}
