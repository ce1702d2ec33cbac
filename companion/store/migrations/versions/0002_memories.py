"""Memories, where a message stands, and the word indexes; existing messages are filled in."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SITTING_ENDS_AFTER = timedelta(hours=6)


def upgrade() -> None:
    for name, kind in (("place", sa.Integer), ("sitting", sa.Integer), ("on_path", sa.Boolean), ("embedded", sa.Boolean), ("learned", sa.Boolean)):
        op.add_column("messages", sa.Column(name, kind, nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("recalled", sa.JSON))
    op.create_index("ix_messages_standing", "messages", ["conversation_id", "place"], sqlite_where=sa.text("on_path"))
    op.create_index("ix_messages_unembedded", "messages", ["embedded"], sqlite_where=sa.text("embedded = 0"))
    op.create_index("ix_messages_unlearned", "messages", ["learned"], sqlite_where=sa.text("learned = 0"))

    op.create_table(
        "memories",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("persona_id", sa.String, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("denies", sa.Boolean, nullable=False),
        sa.Column("said_at", sa.DateTime, nullable=False),
        sa.Column("holds_from", sa.DateTime),
        sa.Column("holds_until", sa.DateTime),
        sa.Column("importance", sa.Float, nullable=False),
        sa.Column("strength", sa.Float, nullable=False),
        sa.Column("recalls", sa.Integer, nullable=False),
        sa.Column("recalled_at", sa.DateTime),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("by_hand", sa.Boolean, nullable=False),
        sa.Column("embedded", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("edited_at", sa.DateTime),
        sa.Column("forgotten_at", sa.DateTime),
        sa.Column("forgotten_by", sa.String(32)),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_memories_slot", "memories", ["persona_id", "slot"])
    op.create_index("ix_memories_kind", "memories", ["persona_id", "kind"])
    op.create_index("ix_memories_unembedded", "memories", ["embedded"], sqlite_where=sa.text("embedded = 0"))

    op.create_table(
        "memory_sources",
        sa.Column("memory_id", sa.String(32), sa.ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("ix_memory_sources_message_id", "memory_sources", ["message_id"])

    op.create_table(
        "withheld",
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("forgotten_by", sa.String(32), nullable=False),
        sa.Column("forgotten_at", sa.DateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("learned", sa.Boolean, nullable=False),
    )
    op.create_index("ix_withheld_forgotten_by", "withheld", ["forgotten_by"])

    op.create_table(
        "stale_vectors",
        sa.Column("item_id", sa.String(34), primary_key=True),
        sa.Column("persona_id", sa.String, nullable=False),
    )

    for name in ("message_words", "memory_words"):
        op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5 (relation, text, content='', tokenize='porter unicode61')")
    fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    """Says of the messages that are there where they stand, and indexes the words of those that do."""
    messages = sa.table(
        "messages", sa.column("sequence"), sa.column("id"), sa.column("parent_id"), sa.column("created_at", sa.DateTime),
        sa.column("place"), sa.column("sitting"), sa.column("on_path"),
    )  # fmt: skip
    conversations = sa.table("conversations", sa.column("active_leaf_id"), sa.column("deleted_at"))

    # A parent is always older than its children.
    seen: dict[str, tuple[int, str | None, datetime, int, int]] = {}
    rows = connection.execute(sa.select(messages.c.sequence, messages.c.id, messages.c.parent_id, messages.c.created_at).order_by(messages.c.sequence))
    for sequence, id, parent_id, at in rows:
        place, sitting = 0, 0
        if parent_id is not None:
            _, _, said_at, above, sitting = seen[parent_id]
            place, sitting = above + 1, sitting + (at - said_at > SITTING_ENDS_AFTER)
        seen[id] = sequence, parent_id, at, place, sitting

    standing = set()
    leaves = sa.select(conversations.c.active_leaf_id).where(conversations.c.deleted_at.is_(None), conversations.c.active_leaf_id.is_not(None))
    for step in connection.execute(leaves).scalars():
        while step is not None:
            standing.add(step)
            step = seen[step][1]

    if seen:
        filled = sa.update(messages).where(messages.c.sequence == sa.bindparam("row"))
        connection.execute(
            filled.values(place=sa.bindparam("depth"), sitting=sa.bindparam("talk"), on_path=sa.bindparam("stands")),
            [
                {"row": sequence, "depth": place, "talk": sitting, "stands": id in standing}
                for id, (sequence, _, _, place, sitting) in seen.items()
            ],
        )
    connection.exec_driver_sql(
        "INSERT INTO message_words (rowid, relation, text) "
        "SELECT m.sequence, 'r' || lower(hex(c.persona_id)) || 'x', m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id "
        "WHERE m.on_path AND m.status <> 'streaming' AND m.text <> ''"
    )


def downgrade() -> None:
    for name in ("message_words", "memory_words", "stale_vectors", "withheld", "memory_sources", "memories"):
        op.drop_table(name)
    for name in ("ix_messages_standing", "ix_messages_unembedded", "ix_messages_unlearned"):
        op.drop_index(name, "messages")
    for name in ("place", "sitting", "on_path", "embedded", "learned", "recalled"):
        op.drop_column("messages", name)
