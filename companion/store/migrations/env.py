"""Alembic's door: runs the steps on the connection that `companion.store.schema` hands in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
