"""Who read a memory out of its sources, and which messages a language model has read. What is there already the rules have read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("memories", sa.Column("extractor", sa.String(8), nullable=False, server_default=""))
    op.execute("UPDATE memories SET extractor = 'rules' WHERE kind IN ('fact', 'event') AND NOT by_hand")
    op.create_table(
        "extractions",
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("extractions")
    op.drop_column("memories", "extractor")
