"""Everything said, kept: each method is one transaction, committed before it returns.

Rows come out frozen; the tree is `tree.py`, undo is `undo.py`, the files people take away are `export.py`. The store knows
no model and no page. Any thread may call any method; a second process may read.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Engine, func, insert, or_, select, update

from companion.errors import ConflictError, InputError, MessageError, NotFoundError
from companion.events import FinishReason, Referral, Trace
from companion.store import erasure, export, tree, undo
from companion.store.database import reading, wipe_leftovers, writing
from companion.store.records import (
    Conversation,
    ConversationSummary,
    FinalStatus,
    Message,
    Recalled,
    Undone,
    plain,
    plain_recalled,
    shorten,
)
from companion.store.tables import conversations, messages
from companion.store.tree import Draft

__all__ = ["Conversation", "ConversationSummary", "Conversations", "FinalStatus", "Message", "Recalled", "Undone", "utc_now"]

PREVIEW_CHARS = 120
LONGEST_TITLE_CHARS = 200


def utc_now() -> datetime:
    """The clock of the running app."""
    return datetime.now(UTC)


class Conversations:
    """The transcripts of one home folder.

    Args:
        engine: from `open_database`.
        clock: aware times; a test hands in its own.

    Every method that names a conversation or a message raises `NotFoundError` when it is not there or deleted, and
    `StorageError` when the disk is full, read-only, locked or damaged; those that change the tree raise `ConflictError`
    while a reply is being written in it.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, persona_id: str, greetings: Sequence[str] = (), version: int | None = None) -> Conversation:
        """Starts a conversation. The greetings become alternate first messages, the first of them shown.

        Args:
            version: number of the persona's version that it keeps to; None follows the newest.
        """
        now, new_id = self._clock(), uuid4().hex
        row = {"id": new_id, "persona_id": persona_id, "persona_version": version, "created_at": now, "updated_at": now}
        with writing(self._engine) as connection:
            connection.execute(insert(conversations).values(row))
            roots = [tree.add(connection, new_id, None, Draft("persona", greeting), now) for greeting in greetings]
            if roots:
                tree.move_leaf(connection, new_id, roots[0].id)
            return tree.live_conversation(connection, new_id)

    def get(self, conversation_id: str) -> Conversation:
        """One conversation."""
        with reading(self._engine) as connection:
            return tree.live_conversation(connection, conversation_id)

    def list(self, persona_id: str | None = None, search: str = "") -> tuple[ConversationSummary, ...]:
        """Conversations, the one last spoken in first.

        Args:
            search: words to find, whatever their case, in titles and in messages on any branch.
        """
        leaf, said = messages.alias("leaf"), messages.alias("said")
        columns = (conversations, tree.first_words.label("first_words"), func.substr(leaf.c.text, 1, 4 * PREVIEW_CHARS).label("last"))
        query = select(*columns).outerjoin(leaf, leaf.c.id == conversations.c.active_leaf_id).where(conversations.c.deleted_at.is_(None))
        if persona_id is not None:
            query = query.where(conversations.c.persona_id == persona_id)
        if term := search.strip().casefold():
            mine = (said.c.conversation_id == conversations.c.id) & said.c.deleted_at.is_(None)
            in_text = select(said.c.id).where(mine, func.casefold(said.c.text).contains(term, autoescape=True)).exists()
            query = query.where(or_(func.casefold(conversations.c.title).contains(term, autoescape=True), in_text))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(conversations.c.updated_at.desc(), conversations.c.sequence.desc())).all()
        return tuple(
            ConversationSummary(
                id=row.id,
                persona_id=row.persona_id,
                title=tree.title_of(row),
                created_at=row.created_at,
                updated_at=row.updated_at,
                revision=row.revision,
                preview=shorten(row.last or "", PREVIEW_CHARS),
            )
            for row in rows
        )

    def rename(self, conversation_id: str, title: str) -> None:
        """Gives a title by hand; an empty one goes back to the user's first words.

        Raises:
            InputError: the title is too long.
        """
        title = tree.checked(" ".join(title.split()))
        if len(title) > LONGEST_TITLE_CHARS:
            raise InputError("This title is too long.", hint=f"Use at most {LONGEST_TITLE_CHARS} characters.")
        with writing(self._engine) as connection:
            conversation = tree.live_conversation(connection, conversation_id)
            by_hand = select(conversations.c.title).where(conversations.c.id == conversation_id)
            former = connection.execute(by_hand).scalar_one()
            if former != title:
                undo.record(connection, conversation, "rename", self._clock(), former={"title": former})
                tree.touch(connection, conversation_id, title=title)

    def pin(self, conversation_id: str, number: int) -> None:
        """Keeps a conversation to a version of its persona; leaving another version for it can be undone."""
        with writing(self._engine) as connection:
            conversation = tree.live_conversation(connection, conversation_id)
            former = conversation.persona_version
            if former is not None and former != number:
                undo.record(connection, conversation, "change_version", self._clock(), former={"persona_version": former})
            if former != number:
                tree.touch(connection, conversation_id, persona_version=number)

    def revision(self, conversation_id: str) -> int:
        """A number that grows with every change: ask it before reading the rest again."""
        there = (conversations.c.id == conversation_id) & conversations.c.deleted_at.is_(None)
        with reading(self._engine) as connection:
            number = connection.execute(select(conversations.c.revision).where(there)).scalar_one_or_none()
            return tree.live_conversation(connection, conversation_id).revision if number is None else int(number)

    def path(self, conversation_id: str, leaf_id: str | None = None) -> tuple[Message, ...]:
        """From the first message to the active leaf, as it is shown, or to `leaf_id`: a turn names its reply, since the user may swipe."""
        with reading(self._engine) as connection:
            return tree.path(connection, tree.leaf_of(connection, conversation_id, leaf_id))

    def spoken(self, conversation_id: str, leaf_id: str | None = None) -> tuple[Message, ...]:
        """The same path for whoever reads all of it before each reply: without reasons, traces, referrals and what was recalled."""
        with reading(self._engine) as connection:
            return tree.spoken(connection, tree.leaf_of(connection, conversation_id, leaf_id))

    def turns(self, conversation_id: str) -> int:
        """How many messages of the user's the active path has."""
        theirs = (messages.c.conversation_id == conversation_id) & tree.ON_PATH & (messages.c.role == "user")
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).where(theirs)).scalar_one()

    def message(self, message_id: str) -> Message:
        """One message."""
        with reading(self._engine) as connection:
            return tree.live_message(connection, message_id)

    def siblings(self, message_id: str) -> tuple[str, ...]:
        """Ids of the alternatives to a message, itself included, oldest first."""
        with reading(self._engine) as connection:
            message = tree.live_message(connection, message_id)
            return tree.children(connection, message.conversation_id, message.parent_id)

    def siblings_of(self, message_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The siblings of many messages in one query; a message that is no longer there has none."""
        with reading(self._engine) as connection:
            return tree.siblings(connection, message_ids)

    def begin_turn(self, conversation_id: str, text: str, parent_id: str | None = None) -> tuple[Message, Message]:
        """Commits what the user said, and an empty reply beside it.

        Args:
            parent_id: what it answers; None: the last message shown.

        Returns:
            The user's message and the reply, which is `streaming`.

        Raises:
            MessageError: there are no words in it.
        """
        _refuse_empty(text)
        now = self._clock()
        with writing(self._engine) as connection:
            conversation = tree.live_conversation(connection, conversation_id)
            tree.refuse_while_streaming(connection, conversation_id)
            if parent_id is not None:
                tree.refuse_stranger(tree.live_message(connection, parent_id), conversation_id)
            said = tree.add(connection, conversation_id, parent_id or conversation.active_leaf_id, Draft("user", text), now)
            reply = tree.add(connection, conversation_id, said.id, Draft("persona", "", "streaming"), now)
            undo.record(connection, conversation, "send", now, message_id=said.id)
            tree.move_leaf(connection, conversation_id, reply.id, said_at=now)
        return said, reply

    def begin_reply(self, user_message_id: str) -> Message:
        """Commits another empty reply to a user's message: a sibling of those it has.

        The first reply to a message just corrected with `edit` belongs to that edit, and is undone with it.

        Raises:
            InputError: it is not a user's message, or its words are forgotten.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            said = tree.live_message(connection, user_message_id)
            if said.role != "user":
                raise InputError("Only a message of yours can be answered again.", hint="Choose one of your messages.")
            if not said.text.strip():
                raise InputError("What you said there is forgotten.", hint="Undo the forgetting, or say it again.")
            tree.refuse_while_streaming(connection, said.conversation_id)
            conversation = tree.live_conversation(connection, said.conversation_id)
            last = undo.last(connection, said.conversation_id)
            just_edited = last is not None and last.kind == "edit" and last.message_id == said.id
            answered = tree.children(connection, said.conversation_id, said.id)
            reply = tree.add(connection, said.conversation_id, said.id, Draft("persona", "", "streaming"), now)
            if answered or not just_edited:
                undo.record(connection, conversation, "regenerate", now, message_id=reply.id)
            tree.move_leaf(connection, said.conversation_id, reply.id, said_at=now)
        return reply

    def continue_reply(self, reply_id: str) -> Message:
        """Opens a reply again so that more can be written to it; its text is kept.

        Raises:
            InputError: it is a user's message, something follows it, or its words are forgotten.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            reply = tree.live_message(connection, reply_id)
            tree.refuse_while_streaming(connection, reply.conversation_id)
            if reply.role != "persona" or tree.children(connection, reply.conversation_id, reply_id):
                raise InputError("Only the last reply can be continued.", hint="Branch from this message, or ask for another reply.")
            if tree.forgotten(connection, reply_id):
                raise InputError("This reply is forgotten.", hint="Undo the forgetting, or ask for another reply.")
            conversation = tree.live_conversation(connection, reply.conversation_id)
            undo.record(connection, conversation, "continue", now, message_id=reply_id, former=undo.unfinished(reply))
            opened = {"status": "streaming", "finished_at": None, "reason": None, "trace": None, "referral": None, "recalled": None}
            connection.execute(update(messages).where(messages.c.id == reply_id).values(opened))
            tree.move_leaf(connection, reply.conversation_id, reply_id, said_at=now)
            return tree.live_message(connection, reply_id)

    def save_reply(self, reply_id: str, text: str) -> None:
        """Keeps what has been written so far: two short updates, twice a second.

        Raises:
            ConflictError: the reply is no longer being written.
        """
        written = messages.c.id == reply_id
        with writing(self._engine) as connection:
            change = update(messages).where(written, messages.c.status == "streaming").values(text=tree.checked(text))
            if connection.execute(change).rowcount == 0:
                raise ConflictError("This reply is no longer being written.", hint="Ask for another reply.")
            owner = select(messages.c.conversation_id).where(written).scalar_subquery()
            connection.execute(update(conversations).where(conversations.c.id == owner).values(revision=conversations.c.revision + 1))

    def finish_reply(
        self,
        reply_id: str,
        text: str,
        status: FinalStatus,
        reason: FinishReason | None = None,
        trace: Trace | None = None,
        referral: Referral | None = None,
        recalled: Sequence[Recalled] = (),
    ) -> Message:
        """Closes a reply with all that is to be kept of it.

        Args:
            recalled: what was recalled for it, best first.

        Raises:
            ConflictError: the reply is no longer being written.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            final = {"text": tree.checked(text), "status": status, "finished_at": now, "reason": reason}
            kept = final | {"trace": plain(trace), "referral": plain(referral), "recalled": plain_recalled(recalled)}
            change = update(messages).where(messages.c.id == reply_id, messages.c.status == "streaming").values(kept)
            if connection.execute(change).rowcount == 0:
                raise ConflictError("This reply is no longer being written.", hint="Ask for another reply.")
            reply = tree.live_message(connection, reply_id)
            tree.touch(connection, reply.conversation_id, updated_at=now)
        return reply

    def edit(self, message_id: str, text: str) -> Message:
        """Puts a corrected message beside the old one and shows it. Whether it is answered is the caller's choice.

        Raises:
            MessageError: there are no words in it.
        """
        _refuse_empty(text)
        now = self._clock()
        with writing(self._engine) as connection:
            old = tree.live_message(connection, message_id)
            tree.refuse_while_streaming(connection, old.conversation_id)
            conversation = tree.live_conversation(connection, old.conversation_id)
            new = tree.add(connection, old.conversation_id, old.parent_id, Draft(old.role, text), now)
            undo.record(connection, conversation, "edit", now, message_id=new.id)
            tree.move_leaf(connection, old.conversation_id, new.id, said_at=now)
        return new

    def select(self, message_id: str) -> None:
        """Shows a message together with what followed it when it was last shown: swiping."""
        with writing(self._engine) as connection:
            message = tree.live_message(connection, message_id)
            leaf_id = tree.latest_leaf(connection, message_id)
            conversation = tree.live_conversation(connection, message.conversation_id)
            if leaf_id != conversation.active_leaf_id:
                undo.record(connection, conversation, "select", self._clock(), message_id=message_id)
                tree.move_leaf(connection, conversation.id, leaf_id)

    def branch(self, message_id: str) -> None:
        """Shows the conversation up to a message, so that it can go another way from there."""
        with writing(self._engine) as connection:
            message = tree.live_message(connection, message_id)
            conversation = tree.live_conversation(connection, message.conversation_id)
            if message_id != conversation.active_leaf_id:
                undo.record(connection, conversation, "branch", self._clock(), message_id=message_id)
                tree.move_leaf(connection, conversation.id, message_id)

    def delete_message(self, message_id: str) -> None:
        """Deletes a message with all that follows it, until `undo` or `purge`."""
        now = self._clock()
        with writing(self._engine) as connection:
            message = tree.live_message(connection, message_id)
            tree.refuse_while_streaming(connection, message.conversation_id)
            conversation = tree.live_conversation(connection, message.conversation_id)
            shown = {step.id for step in tree.path(connection, conversation.active_leaf_id)}
            action = undo.record(connection, conversation, "delete_message", now, message_id=message_id)
            undo.mark_deleted(connection, message_id, now, action)
            tree.move_leaf(connection, conversation.id, message.parent_id if message_id in shown else conversation.active_leaf_id)

    def delete(self, conversation_id: str) -> None:
        """Deletes a conversation, until `undo` or `purge`."""
        now = self._clock()
        with writing(self._engine) as connection:
            conversation = tree.live_conversation(connection, conversation_id)
            tree.refuse_while_streaming(connection, conversation_id)
            undo.record(connection, conversation, "delete", now)
            tree.delete_conversation(connection, conversation_id, now)

    def undo(self, conversation_id: str) -> Undone | None:
        """Takes back the last thing the user did in a conversation, or its deletion; call it again to go further back.

        Returns:
            What was taken back; None if there is nothing left.
        """
        with writing(self._engine) as connection:
            if connection.execute(select(conversations.c.id).where(conversations.c.id == conversation_id)).first() is None:
                raise NotFoundError("This conversation is no longer there.", hint="It was deleted for good; start a new one.")
            tree.refuse_while_streaming(connection, conversation_id)
            return undo.take_back(connection, conversation_id, self._clock())

    def purge(self, before: datetime) -> int:
        """Makes final what was deleted or forgotten before a time: the rows go, and their bytes in every file of the database.

        Returns:
            How many messages, conversations and memories a person had deleted or forgotten.

        Raises:
            ConflictError: the rows are gone, but a reader kept the log from being wiped; call it again.
        """
        with writing(self._engine) as connection:
            removed = erasure.purge(connection, before)
        wipe_leftovers(self._engine, backups=removed > 0)
        return removed

    def recover(self) -> int:
        """At start: replies that a dead process was writing become `interrupted`, with the text they have.

        Returns:
            How many there were.
        """
        torn = messages.c.status == "streaming"
        with writing(self._engine) as connection:
            owners = select(messages.c.conversation_id).where(torn)
            connection.execute(update(conversations).where(conversations.c.id.in_(owners)).values(revision=conversations.c.revision + 1))
            return connection.execute(update(messages).where(torn).values(status="interrupted", finished_at=self._clock())).rowcount

    def export_json(self, conversation_id: str) -> str:
        """The whole tree with all that is kept about it, as JSON."""
        with reading(self._engine) as connection:
            return export.to_json(connection, tree.live_conversation(connection, conversation_id))

    def export_markdown(self, conversation_id: str, persona_name: str) -> str:
        """What is shown, to be read."""
        with reading(self._engine) as connection:
            conversation = tree.live_conversation(connection, conversation_id)
            return export.to_markdown(conversation, tree.path(connection, conversation.active_leaf_id), persona_name)


def _refuse_empty(text: str) -> None:
    if not text.strip():
        raise MessageError("There is nothing in this message yet.", hint="Write a few words and send it again.")
