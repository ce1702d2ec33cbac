"""How much she was herself: what probe batteries found, by version."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drift_checks",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("persona_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE")),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("adapter", sa.String, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drift_checks_version", "drift_checks", ["persona_id", "version"])
    op.create_index("ix_drift_checks_conversation_id", "drift_checks", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("drift_checks")
