"""What is said again and again shares the vectors of those who said it first; see `companion/remember/repeats.py`."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("same_as", sa.String(32)))
    op.create_index("ix_messages_same_as", "messages", ["same_as"], sqlite_where=sa.text("same_as IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_messages_same_as", "messages")
    op.drop_column("messages", "same_as")
