"""What she felt at the user's messages. Of those that are there nothing is known: she begins at rest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "affects",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("persona_id", sa.String, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("pleasure", sa.Float, nullable=False),
        sa.Column("arousal", sa.Float, nullable=False),
        sa.Column("dominance", sa.Float, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_affects_in_time", "affects", ["persona_id", "at"])


def downgrade() -> None:
    op.drop_table("affects")
