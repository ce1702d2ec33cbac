"""Conversations, their messages, and the actions that can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("persona_id", sa.String, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("active_leaf_id", sa.String(32)),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("deleted_at", sa.DateTime),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversations_persona_id", "conversations", ["persona_id"])

    op.create_table(
        "messages",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("parent_id", sa.String(32), sa.ForeignKey("messages.id")),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("reason", sa.String(12)),
        sa.Column("trace", sa.JSON),
        sa.Column("referral", sa.JSON),
        sa.Column("last_active", sa.Integer, nullable=False),
        sa.Column("deleted_at", sa.DateTime),
        sa.Column("deleted_by", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_parent_id", "messages", ["parent_id"])
    op.create_index("ix_messages_in_order", "messages", ["conversation_id", "sequence"])
    op.create_index("ix_messages_streaming", "messages", ["conversation_id"], sqlite_where=sa.text("status = 'streaming'"))

    op.create_table(
        "actions",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("message_id", sa.String(32)),
        sa.Column("leaf_before", sa.String(32)),
        sa.Column("former", sa.JSON),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_actions_conversation_id", "actions", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("actions")
    op.drop_table("messages")
    op.drop_table("conversations")
