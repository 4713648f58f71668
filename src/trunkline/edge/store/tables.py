"""The tables, as the newest migration leaves them. Nothing in them is a manifest or a secret."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("commit_id", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("started", Float, nullable=False),
    Column("ended", Float, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("findings", Text, nullable=False),
    Index("runs_by_start", "started"),
)

RESULTS = Table(
    "results",
    METADATA,
    Column("run_id", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("component", Text, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("health", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Index("results_by_component", "component", "cluster"),
)

STEPS = Table(
    "steps",
    METADATA,
    Column("run_id", String(64), primary_key=True),
    Column("result", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("api_group", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("verb", String(32), nullable=False),
    Column("phase", String(32), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("started", Float, nullable=False),
    Column("seconds", Float, nullable=False),
)

INVENTORY = Table(
    "inventory",
    METADATA,
    Column("cluster", Text, primary_key=True),
    Column("component", Text, primary_key=True),
    Column("commit_id", String(64), nullable=False),
    Column("refs", Text, nullable=False),
    Column("changed", Float, nullable=False),
)

VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("cluster", Text, primary_key=True),
    Column("api_group", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("namespace", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("resource_version", Text, nullable=False),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float, nullable=False),
)
