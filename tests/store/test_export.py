"""What people take away is complete, and readable."""

import json

from companion.events import HelpLine, Referral, Stage, Trace
from companion.store.conversations import Conversations


def test_json_holds_every_branch_and_all_that_is_known(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello.", "Hi."], version=3)
    user, reply = kept.begin_turn(conversation.id, "Größe? 🌱")
    kept.finish_reply(reply.id, "1.70 m", "complete", "end", Trace(stages=(Stage("prefill", 4.0),), total_ms=80.0, engine="starter"))
    again = kept.begin_reply(user.id)
    kept.save_reply(again.id, "Tall en")
    content = json.loads(kept.export_json(conversation.id))
    assert content["format"] == "companion-conversation-1"
    assert content["conversation"]["active_leaf_id"] == again.id
    assert content["conversation"]["title"] == "Größe? 🌱"
    assert content["conversation"]["persona_version"] == 3
    by_id = {message["id"]: message for message in content["messages"]}
    assert [message["text"] for message in content["messages"]] == ["Hello.", "Hi.", "Größe? 🌱", "1.70 m", "Tall en"]
    assert by_id[reply.id]["parent_id"] == by_id[again.id]["parent_id"] == user.id
    assert (by_id[reply.id]["status"], by_id[again.id]["status"]) == ("complete", "streaming")
    assert by_id[reply.id]["trace"]["stages"] == [{"name": "prefill", "ms": 4.0, "began_ms": None}]
    assert by_id[user.id]["created_at"].endswith("+00:00")


def test_json_leaves_out_what_is_deleted(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    user, reply = kept.begin_turn(conversation.id, "Forget this")
    kept.finish_reply(reply.id, "Done", "complete", "end")
    kept.delete_message(user.id)
    assert "Forget this" not in kept.export_json(conversation.id)


def test_markdown_reads_like_a_conversation(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    _, reply = kept.begin_turn(conversation.id, "How was your day?")
    kept.finish_reply(reply.id, "Quiet.\n\nI read a", "stopped", "stopped")
    assert kept.export_markdown(conversation.id, "Mira") == (
        "# How was your day?\n\n"
        "### Mira, 2026-03-01 12:00 UTC\n\nHello.\n\n"
        "### You, 2026-03-01 12:00 UTC\n\nHow was your day?\n\n"
        "### Mira, 2026-03-01 12:00 UTC\n\nQuiet.\n\nI read a\n\n*(stopped)*\n"
    )


def test_markdown_shows_the_card_of_help_lines(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    _, reply = kept.begin_turn(conversation.id, "I am not well")
    card = Referral("Please talk to someone", "People are there for you.", (HelpLine("Samaritans", "116 123", "day and night"),), "2026-01")
    kept.finish_reply(reply.id, "", "complete", "referred", referral=card)
    text = kept.export_markdown(conversation.id, "Mira")
    assert "**Please talk to someone**" in text
    assert "- Samaritans: 116 123 (day and night)" in text


def test_an_empty_conversation_exports(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    assert kept.export_markdown(conversation.id, "Mira") == "# A conversation with Mira\n"
    assert json.loads(kept.export_json(conversation.id))["messages"] == []
