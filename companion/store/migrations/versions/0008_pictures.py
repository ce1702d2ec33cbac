"""Pictures of her: what is on each, how it was made, and where it was shown."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("persona_id", sa.String, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("shot", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("preview", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(16), nullable=False),
        sa.Column("width_px", sa.Integer, nullable=False),
        sa.Column("height_px", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("preview_bytes", sa.Integer, nullable=False),
        sa.Column("look", sa.String(64), nullable=False),
        sa.Column("painter", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE")),
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE")),
        sa.Column("likeness", sa.JSON),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("favourite", sa.Boolean, nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("deleted_at", sa.DateTime),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pictures_look", "pictures", ["persona_id", "kind", "look"])
    op.create_index("ix_pictures_conversation_id", "pictures", ["conversation_id"])
    op.create_index("ix_pictures_message_id", "pictures", ["message_id"])


def downgrade() -> None:
    op.drop_table("pictures")
