"""Versions of personas and drafts of them; a conversation may keep to a version. Those that are there follow the newest for now."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("persona_version", sa.Integer))
    op.create_table(
        "versions",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("persona_id", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("saved_at", sa.DateTime, nullable=False),
        sa.Column("blueprint", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_versions_number", "versions", ["persona_id", "number"], unique=True)
    op.create_table(
        "version_numbers",
        sa.Column("persona_id", sa.String, primary_key=True),
        sa.Column("newest", sa.Integer, nullable=False),
    )
    op.create_table(
        "drafts",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("persona_id", sa.String, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("based_on", sa.Integer),
        sa.Column("saved_at", sa.DateTime, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drafts_in_order", "drafts", ["persona_id", "sequence"])
    op.create_index("ix_drafts_shown", "drafts", ["persona_id"], unique=True, sqlite_where=sa.text("shown"))


def downgrade() -> None:
    op.drop_table("drafts")
    op.drop_table("version_numbers")
    op.drop_table("versions")
    op.drop_column("conversations", "persona_version")
