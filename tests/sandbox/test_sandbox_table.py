"""The table of built-in kinds is what the real API server says."""

from __future__ import annotations

import orjson

from realcluster.start import RealCluster
from sandbox.distil import TABLE, distilled, written
from sandbox.gofields import GoStruct, structs


def test_the_table_is_the_real_one(real_cluster: RealCluster) -> None:
    """Write it anew with `python -m sandbox.distil` where this fails after a change of version."""
    found = distilled(real_cluster)
    found["resources"] = [one for one in found["resources"] if not is_custom(one)]
    known = orjson.loads(TABLE.read_bytes())
    assert found["resources"] == known["resources"]
    reached = {name: one for name, one in found["types"].items() if name in known["types"]}
    assert reached == known["types"]


def is_custom(resource: dict[str, str]) -> bool:
    """Other tests leave kinds of their own; Kubernetes keeps `*.k8s.io` to itself."""
    group = resource["group"]
    return "." in group and not group.endswith(".k8s.io")


def test_it_is_written_as_it_reads() -> None:
    assert written(orjson.loads(TABLE.read_bytes())) == TABLE.read_bytes()


GO = """
type Inner struct {
\tFlag bool `json:"flag,omitempty" protobuf:"varint,3,opt,name=flag"`
}

type Outer struct {
\tInner `json:",inline" protobuf:"bytes,2,opt,name=inner"`
\t// A comment.
\tName string `json:"name" protobuf:"bytes,1,opt,name=name"`
\tCount int32 `json:"count,omitempty"`
\tSize *int32 `json:"size,omitempty" protobuf:"varint,4,opt,name=size"`
\tItems []string `json:"items,omitempty" protobuf:"bytes,5,rep,name=items"`
}
"""


def test_what_go_knows_of_fields() -> None:
    assert structs(GO) == {
        "Inner": GoStruct({"flag"}, {"flag": [3]}),
        "Outer": GoStruct(
            {"count", "flag"}, {"flag": [2, 3], "name": [1], "size": [4], "items": [5]}
        ),
    }
