"""Sealed values, and the ids of the keys that this store is sealed with."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "sealed",
        sa.Column("room", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
    )
    op.create_table(
        "seal_keys",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("since", sa.Double, nullable=False),
    )
