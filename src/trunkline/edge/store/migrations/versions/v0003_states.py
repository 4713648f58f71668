"""States of infrastructure units: their locks, versions, events, and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "states",
        sa.Column("unit", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("lock_id", sa.String, nullable=False),
        sa.Column("lock_info", sa.Text, nullable=False),
        sa.Column("lock_since", sa.Double, nullable=False),
        sa.Column("lock_by", sa.String, nullable=False),
    )
    op.create_table(
        "state_versions",
        sa.Column("unit", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("serial", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("lineage", "program")),
        sa.Column("resources", sa.Integer, nullable=False),
        sa.Column("encrypted", sa.Boolean, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.String, nullable=False),
    )
    op.create_table(
        "state_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("by", "what", "lock_id")),
        sa.Column("message", sa.Text, nullable=False),
    )
    op.create_index("state_events_by_unit", "state_events", ["unit", "id"])
    op.create_index("state_events_by_lock", "state_events", ["unit", "lock_id"])
    op.create_table(
        "state_tokens",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("hash", sa.String, nullable=False, unique=True),
        sa.Column("units", sa.JSON, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
    )
