"""What was read in the user's messages; those that are there are embedded once more, and read by the way."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("feelings", sa.JSON, nullable=False),
        sa.Column("valence", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    op.execute("UPDATE messages SET embedded = 0 WHERE role = 'user' AND embedded")


def downgrade() -> None:
    op.drop_table("readings")
