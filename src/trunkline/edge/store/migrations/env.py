"""Alembic runs this file; the connection, with its transaction, comes from `migrate`."""

from alembic import context

from trunkline.edge.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite undoes table changes too, but Alembic does not count on it.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
