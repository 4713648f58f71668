"""Outputs of infrastructure units, which Applications read."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "unit_outputs",
        sa.Column("unit", sa.String, primary_key=True),
        sa.Column("outputs", sa.JSON, nullable=False),
        sa.Column("sensitive", sa.JSON, nullable=False),
        sa.Column("revision", sa.String, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
    )
