"""The tables, as SQLAlchemy Core sees them.

Rows leave the store as the frozen dataclasses of `records.py` and `memory_records.py`; beside it only `remember/` reads these
tables, and the word indexes `message_words` and `memory_words` (FTS5; `triggers.py` keeps them). A change here needs a step in
`migrations/versions/`, and a test holds the two together.
"""

from datetime import UTC, datetime

from sqlalchemy import JSON, Boolean, Column, DateTime, Dialect, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, text
from sqlalchemy.types import TypeDecorator

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """A point in time: aware UTC outside, naive UTC inside, because SQLite has no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses naive times, whose meaning would depend on the machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Puts the time zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


conversations = Table(
    "conversations",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("persona_id", String, nullable=False, index=True),
    # Only a title given by hand. The default is the first words of the oldest message still there, read when asked for,
    # so that deleting the message takes its words out of the title as well.
    Column("title", Text, nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # No foreign key: it would close a circle with messages.conversation_id. `tree.move_leaf` is its only writer.
    Column("active_leaf_id", String(32)),
    Column("revision", Integer, nullable=False, default=1),
    Column("deleted_at", Moment),
    # Which version of the persona speaks; NULL in those begun before there were any, until their next turn.
    Column("persona_version", Integer),
    sqlite_autoincrement=True,
)

messages = Table(
    "messages",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    # Without ON DELETE CASCADE: SQLite cascades by recursion, 1,000 levels deep at most, and conversations get longer.
    Column("parent_id", String(32), ForeignKey("messages.id"), index=True),
    Column("role", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("status", String(12), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("reason", String(12)),
    Column("trace", JSON(none_as_null=True)),
    Column("referral", JSON(none_as_null=True)),
    # The conversation's revision when this message last became its active leaf; 0: never.
    Column("last_active", Integer, nullable=False, default=0),
    Column("deleted_at", Moment),
    # The action that deleted it, so that undoing it brings back this much and no more.
    Column("deleted_by", Integer),
    # Depth in the tree, and which talk of the conversation it belongs to: a pause of hours begins the next one.
    Column("place", Integer, nullable=False, default=0),
    Column("sitting", Integer, nullable=False, default=0),
    # It stands: it lies on the active path of a conversation that is not deleted. `tree.py` is its only writer.
    Column("on_path", Boolean, nullable=False, default=False),
    # Its vector is in the vector index; it has been read for what can be learnt. Triggers take both back when the text changes.
    Column("embedded", Boolean, nullable=False, default=False),
    # The message whose vector stands for this one's, where the same has been said so often that the index takes no further one.
    Column("same_as", String(32)),
    Column("learned", Boolean, nullable=False, default=False),
    # On a reply: ids and scores of what was recalled for it, never text.
    Column("recalled", JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)
Index("ix_messages_in_order", messages.c.conversation_id, messages.c.sequence)
Index("ix_messages_streaming", messages.c.conversation_id, sqlite_where=messages.c.status == "streaming")
Index("ix_messages_standing", messages.c.conversation_id, messages.c.place, sqlite_where=text("on_path"))
Index("ix_messages_unembedded", messages.c.embedded, sqlite_where=~messages.c.embedded)
Index("ix_messages_same_as", messages.c.same_as, sqlite_where=messages.c.same_as.is_not(None))
Index("ix_messages_unlearned", messages.c.learned, sqlite_where=~messages.c.learned)

actions = Table(
    "actions",
    metadata,
    # Never reused: `messages.deleted_by` names it.
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    # The message that was made, continued or deleted.
    Column("message_id", String(32)),
    # The active leaf before the action.
    Column("leaf_before", String(32)),
    # What the action overwrote: a title, or an unfinished reply.
    Column("former", JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)

memories = Table(
    "memories",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("persona_id", String, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("subject", Text, nullable=False, default=""),
    Column("attribute", Text, nullable=False, default=""),
    Column("value", Text),
    # Memories with the same slot compete for being in force; one without a slot competes with none.
    Column("slot", Text, nullable=False, default=""),
    Column("denies", Boolean, nullable=False, default=False),
    Column("said_at", Moment, nullable=False),
    Column("holds_from", Moment),
    Column("holds_until", Moment),
    Column("importance", Float, nullable=False),
    Column("strength", Float, nullable=False),
    Column("recalls", Integer, nullable=False, default=0),
    Column("recalled_at", Moment),
    Column("pinned", Boolean, nullable=False, default=False),
    Column("hidden", Boolean, nullable=False, default=False),
    Column("by_hand", Boolean, nullable=False, default=False),
    # Who read it out of its sources: "rules", "model", or nobody.
    Column("extractor", String(8), nullable=False, default=""),
    Column("embedded", Boolean, nullable=False, default=False),
    Column("created_at", Moment, nullable=False),
    Column("edited_at", Moment),
    Column("forgotten_at", Moment),
    # The token that takes the forgetting back.
    Column("forgotten_by", String(32)),
    sqlite_autoincrement=True,
)
Index("ix_memories_slot", memories.c.persona_id, memories.c.slot)
Index("ix_memories_kind", memories.c.persona_id, memories.c.kind)
Index("ix_memories_unembedded", memories.c.embedded, sqlite_where=~memories.c.embedded)

memory_sources = Table(
    "memory_sources",
    metadata,
    Column("memory_id", String(32), ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", String(32), ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, index=True),
)

# What a language model has read for what can be learnt, or could not read: a message that is not here is still to be read.
# A trigger takes the row back when the text becomes another.
extractions = Table(
    "extractions",
    metadata,
    Column("message_id", String(32), ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("done", Boolean, nullable=False, default=False),
    Column("failures", Integer, nullable=False, default=0),
)

# The words of forgotten messages, until that is final: the messages themselves are without words from the moment on.
withheld = Table(
    "withheld",
    metadata,
    Column("message_id", String(32), ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("forgotten_by", String(32), nullable=False, index=True),
    Column("forgotten_at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("learned", Boolean, nullable=False),
)

# What feelings and topics were read in a message of the user's. It counts while the message stands.
readings = Table(
    "readings",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("message_id", String(32), ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("topics", JSON, nullable=False),
    # Those that stand out, with their probabilities.
    Column("feelings", JSON, nullable=False),
    Column("valence", Float, nullable=False),
    sqlite_autoincrement=True,
)

# What she felt at a message of the user's, and how she then talked. It counts while the message stands; it holds no words of anybody.
affects = Table(
    "affects",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("message_id", String(32), ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("persona_id", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("pleasure", Float, nullable=False),
    Column("arousal", Float, nullable=False),
    Column("dominance", Float, nullable=False),
    # Emotions, goals, what was read, how near the two are, and the reasons.
    Column("state", JSON, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_affects_in_time", affects.c.persona_id, affects.c.at)

# Vectors whose text is gone or another, until the vector index has a new one or has let go: "m:<message id>", "k:<memory id>".
stale_vectors = Table(
    "stale_vectors",
    metadata,
    Column("item_id", String(34), primary_key=True),
    Column("persona_id", String, nullable=False),
)

# What a persona was each time she was saved. A trigger refuses to change a row.
versions = Table(
    "versions",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("persona_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("saved_at", Moment, nullable=False),
    # JSON, as it was saved: an older format is brought up to date when it is read.
    Column("blueprint", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_versions_number", versions.c.persona_id, versions.c.number, unique=True)

# The newest number that was given to a version of each persona: none is given twice, whatever becomes of the versions.
version_numbers = Table(
    "version_numbers",
    metadata,
    Column("persona_id", String, primary_key=True),
    Column("newest", Integer, nullable=False),
)

# What is being changed of a persona, step by step; the shown step is the draft, those after it can be done again.
drafts = Table(
    "drafts",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("persona_id", String, nullable=False),
    Column("data", Text, nullable=False),
    # The version that it began with; NULL for somebody who was never saved.
    Column("based_on", Integer),
    Column("saved_at", Moment, nullable=False),
    Column("shown", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_drafts_in_order", drafts.c.persona_id, drafts.c.sequence)
Index("ix_drafts_shown", drafts.c.persona_id, unique=True, sqlite_where=drafts.c.shown)

# What a battery of probes found: how much she was herself, as which version. Of one that was asked within a conversation only the
# verdicts are kept, since her answers may repeat what the user said; it goes with the conversation.
drift_checks = Table(
    "drift_checks",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("persona_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("conversation_id", String(32), ForeignKey("conversations.id", ondelete="CASCADE"), index=True),
    # How many turns of the user's the conversation had; 0 outside of one.
    Column("turn", Integer, nullable=False),
    Column("adapter", String, nullable=False, default=""),
    Column("at", Moment, nullable=False),
    Column("score", Float, nullable=False),
    Column("answers", JSON, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_drift_checks_version", drift_checks.c.persona_id, drift_checks.c.version)

# Pictures of her. Their files lie beside the database, under the digests; several rows may point to one file.
pictures = Table(
    "pictures",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("persona_id", String, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("shot", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("preview", String(64), nullable=False),
    Column("media_type", String(16), nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("preview_bytes", Integer, nullable=False),
    # Digest of all that decides who is on it: a template of another look is never shown.
    Column("look", String(64), nullable=False),
    Column("painter", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    # When it was last shown: who was not for longest goes first when room is made.
    Column("used_at", Moment, nullable=False),
    # Where it was shown: it goes with the conversation, and with the message.
    Column("conversation_id", String(32), ForeignKey("conversations.id", ondelete="CASCADE"), index=True),
    Column("message_id", String(32), ForeignKey("messages.id", ondelete="CASCADE"), index=True),
    Column("likeness", JSON(none_as_null=True)),
    Column("record", JSON, nullable=False),
    Column("favourite", Boolean, nullable=False, default=False),
    Column("pinned", Boolean, nullable=False, default=False),
    Column("deleted_at", Moment),
    sqlite_autoincrement=True,
)
Index("ix_pictures_look", pictures.c.persona_id, pictures.c.kind, pictures.c.look)
