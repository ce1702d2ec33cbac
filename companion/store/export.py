"""Conversations as files people take away: complete as JSON, readable as Markdown."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select

from companion.store.records import Conversation, Message, to_message
from companion.store.tables import messages

FORMAT = "companion-conversation-1"
_NOTES = {"stopped": "stopped", "interrupted": "interrupted", "failed": "broken off", "streaming": "still being written"}


def to_json(connection: Connection, conversation: Conversation) -> str:
    """Every message on every branch, oldest first; `parent_id` and `active_leaf_id` make it a tree again."""
    there = (messages.c.conversation_id == conversation.id) & messages.c.deleted_at.is_(None)
    rows = connection.execute(select(messages).where(there).order_by(messages.c.sequence))
    content = {
        "format": FORMAT,
        "conversation": asdict(conversation),
        "messages": [asdict(to_message(row)) for row in rows],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=_moment) + "\n"


def to_markdown(conversation: Conversation, path: Sequence[Message], persona_name: str) -> str:
    """The path as a page: a heading a message, times in UTC, and a note where a reply did not end by itself."""
    parts = [f"# {conversation.title or f'A conversation with {persona_name}'}"]
    for message in path:
        who = "You" if message.role == "user" else persona_name
        parts.append(f"### {who}, {message.created_at:%Y-%m-%d %H:%M} UTC")
        if message.text:
            parts.append(message.text)
        if message.referral is not None:
            lines = [f"- {line.name}: {line.contact}{f' ({line.hours})' if line.hours else ''}" for line in message.referral.lines]
            parts += [f"**{message.referral.title}**", message.referral.body, "\n".join(lines)]
        if message.status in _NOTES:
            parts.append(f"*({_NOTES[message.status]})*")
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")
