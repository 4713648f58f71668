"""The table of built-in kinds is what the real API server says."""

from __future__ import annotations

import orjson
import pytest

from realcluster.start import RealCluster
from sandbox.distil import TABLE, distilled, written
from sandbox.gofields import structs


def test_the_table_is_the_real_one(real_cluster: RealCluster) -> None:
    """Write it anew with `python -m sandbox.distil` where this fails after a change of version."""
    found = distilled(real_cluster)
    found["resources"] = [one for one in found["resources"] if not is_custom(one)]
    known = orjson.loads(TABLE.read_bytes())
    assert found["resources"] == known["resources"]
    reached = {name: one for name, one in found["types"].items() if name in known["types"]}
    assert reached == known["types"]


def is_custom(resource: dict[str, str]) -> bool:
    """Other tests leave kinds of their own in the shared control plane."""
    return resource["group"].endswith(".example")


def test_it_is_written_as_it_reads() -> None:
    assert written(orjson.loads(TABLE.read_bytes())) == TABLE.read_bytes()


GO = """
type Inner struct {
\tFlag bool `json:"flag,omitempty" protobuf:"x"`
}

type Outer struct {
\tInner `json:",inline"`
\t// A comment.
\tName string `json:"name"`
\tCount int32 `json:"count,omitempty"`
\tSize *int32 `json:"size,omitempty"`
\tItems []string `json:"items,omitempty"`
}
"""


@pytest.mark.parametrize(("name", "fields"), [("Inner", {"flag"}), ("Outer", {"count", "flag"})])
def test_what_go_leaves_out(name: str, fields: set[str]) -> None:
    assert dict(structs(GO))[name] == fields
