"""The first tables: runs, inventory, verdicts, leases.

Written out, not taken from `schema`, which goes on changing after this step has shipped.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _runs()
    _inventory()
    op.create_table(
        "verdicts",
        sa.Column("cluster", sa.String, primary_key=True),
        *_ref(key=True),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("resource_version", sa.String, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("key", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("owner", "token", "process")),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "revision", "author")),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("ended", sa.Double, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("process", sa.String, nullable=False),
    )
    op.create_index("runs_by_time", "runs", ["started", "id"])
    op.create_table(
        "run_components",
        *_of_run(),
        *(sa.Column(name, sa.String, nullable=False) for name in ("outcome", "health")),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
    )
    op.create_index("run_components_by_component", "run_components", ["component", "cluster"])
    op.create_table(
        "steps",
        *_of_run(),
        *_ref(key=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("verb", "phase")),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
    )
    op.create_index("steps_by_component", "steps", ["component", "cluster"])


def _inventory() -> None:
    key = ("cluster", "component")
    op.create_table(
        "inventory",
        *(sa.Column(name, sa.String, primary_key=True) for name in key),
        sa.Column("revision", sa.String, nullable=False),
        sa.Column("applied", sa.Double, nullable=False),
    )
    op.create_table(
        "inventory_objects",
        *(sa.Column(name, sa.String, primary_key=True) for name in key),
        *_ref(key=True),
    )


def _of_run() -> list[sa.Column[Any]]:
    return [
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("component", sa.String, nullable=False),
        sa.Column("cluster", sa.String, nullable=False),
    ]


def _ref(*, key: bool) -> list[sa.Column[Any]]:
    names = ("api_group", "kind", "namespace", "name")
    return [sa.Column(name, sa.String, nullable=False, primary_key=key) for name in names]
