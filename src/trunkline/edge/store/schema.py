"""The tables, in the words that SQLite and PostgreSQL share.

Rows are not domain objects: `runs`, `verdicts`, `states` and the like turn one into the other. A
change here needs a step in `migrations/versions/` and its number in REVISIONS.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every version of the schema that this program knows, oldest first."""

metadata = MetaData()

versions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own table, as Alembic makes it."""


def ref_columns(*, key: bool = False) -> list[Column[str]]:
    """A Ref as columns; `group` is a word of SQL."""
    return [
        Column(name, String, nullable=False, primary_key=key)
        for name in ("api_group", "kind", "namespace", "name")
    ]


runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("revision", String, nullable=False),
    Column("author", String, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double, nullable=False),
    Column("outcome", String, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("process", String, nullable=False),
    Index("runs_by_time", "started", "id"),
)

run_components = Table(
    "run_components",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("component", String, nullable=False),
    Column("cluster", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("health", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Index("run_components_by_component", "component", "cluster"),
)

steps = Table(
    "steps",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("component", String, nullable=False),
    Column("cluster", String, nullable=False),
    *ref_columns(),
    Column("verb", String, nullable=False),
    Column("phase", String, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("started", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Index("steps_by_component", "component", "cluster"),
)

inventory = Table(
    "inventory",
    metadata,
    Column("cluster", String, primary_key=True),
    Column("component", String, primary_key=True),
    Column("revision", String, nullable=False),
    Column("applied", Double, nullable=False),
)

inventory_objects = Table(
    "inventory_objects",
    metadata,
    Column("cluster", String, primary_key=True),
    Column("component", String, primary_key=True),
    *ref_columns(key=True),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("cluster", String, primary_key=True),
    *ref_columns(key=True),
    Column("fingerprint", String, nullable=False),
    Column("resource_version", String, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("key", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("token", String, nullable=False),
    Column("process", String, nullable=False),
    Column("since", Double, nullable=False),
    Column("expires", Double, nullable=False),
)

sealed = Table(
    "sealed",
    metadata,
    Column("room", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("key", String, nullable=False),
    Column("since", Double, nullable=False),
)

seal_keys = Table(
    "seal_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("since", Double, nullable=False),
)

states = Table(
    "states",
    metadata,
    Column("unit", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("lock_id", String, nullable=False),
    Column("lock_info", Text, nullable=False),
    Column("lock_since", Double, nullable=False),
    Column("lock_by", String, nullable=False),
)

state_versions = Table(
    "state_versions",
    metadata,
    Column("unit", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("lineage", String, nullable=False),
    Column("program", String, nullable=False),
    Column("resources", Integer, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("size", Integer, nullable=False),
    Column("since", Double, nullable=False),
    Column("by", String, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("key", String, nullable=False),
)

state_events = Table(
    "state_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("unit", String, nullable=False),
    Column("since", Double, nullable=False),
    Column("by", String, nullable=False),
    Column("what", String, nullable=False),
    Column("lock_id", String, nullable=False),
    Column("message", Text, nullable=False),
    Index("state_events_by_unit", "unit", "id"),
    Index("state_events_by_lock", "unit", "lock_id"),
)

state_tokens = Table(
    "state_tokens",
    metadata,
    Column("name", String, primary_key=True),
    Column("hash", String, nullable=False, unique=True),
    Column("units", JSON, nullable=False),
    Column("scope", String, nullable=False),
    Column("since", Double, nullable=False),
    Column("expires", Double, nullable=False),
)

unit_outputs = Table(
    "unit_outputs",
    metadata,
    Column("unit", String, primary_key=True),
    Column("outputs", JSON, nullable=False),
    Column("sensitive", JSON, nullable=False),
    Column("revision", String, nullable=False),
    Column("since", Double, nullable=False),
)
