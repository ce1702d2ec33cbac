"""What a language model reads out of messages beside the rules: what waits for it, and what it may change."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.events import Referral
from companion.store.backlog import MOST_FAILURES
from companion.store.conversations import Conversations
from companion.store.database import DATABASE_NAME, open_database
from companion.store.memories import Memories, New, slot_of
from tests.store.notes import sister, texts
from tests.store.test_migrations import before

Say = Callable[..., Any]


def waiting(remembered: Memories) -> list[str]:
    return [message.text for message in remembered.unextracted("mira")]


def by_rules(remembered: Memories, message: Any, *news: New) -> None:
    remembered.learnt(message.id, news)


def in_force(remembered: Memories) -> dict[str, str]:
    return {memory.text: memory.extractor for memory in remembered.list("mira", state="in force")}


def test_a_model_reads_what_the_rules_have_read_of_the_user_newest_first(remembered: Memories, say: Say) -> None:
    first, second = say("I moved", "Where to?"), say("To Porto")
    assert waiting(remembered) == []
    for message in remembered.backlog():
        remembered.learnt(message.id, ())
    assert waiting(remembered) == ["To Porto", "I moved"]
    assert [message.asked for message in remembered.unextracted("mira")] == ["Where to?", "Hello."]
    remembered.extracted(second.id, (), read="To Porto")
    assert waiting(remembered) == ["I moved"]
    remembered.not_extracted(first.id)
    third = say("I live alone")
    by_rules(remembered, third)
    assert waiting(remembered) == ["I live alone", "I moved"]
    assert remembered.unextracted("jonas") == ()


def test_a_message_that_nothing_can_be_made_of_is_given_up(remembered: Memories, say: Say) -> None:
    message = say("Well")
    by_rules(remembered, message)
    for _ in range(MOST_FAILURES):
        assert waiting(remembered) == ["Well"]
        remembered.not_extracted(message.id)
    assert waiting(remembered) == []
    remembered.not_extracted("0" * 32)


def test_words_answered_with_help_lines_are_shown_to_no_model(remembered: Memories, kept: Conversations, say: Say) -> None:
    talk = kept.create("mira").id
    user, reply = kept.begin_turn(talk, "I cannot go on")
    by_rules(remembered, user)
    assert waiting(remembered) == ["I cannot go on"]
    kept.finish_reply(reply.id, "", "complete", "referred", None, Referral("You are not alone", "Talk to somebody.", (), "2026-11"))
    assert waiting(remembered) == []


def test_other_words_are_read_anew_and_withheld_ones_come_back_as_read(remembered: Memories, engine: Engine, say: Say) -> None:
    message = say("my sister is Anna")
    by_rules(remembered, message)
    remembered.extracted(message.id, (sister("Anna", message, extractor="model"),), read="my sister is Anna")
    token = remembered.forget([message.id]).token
    assert waiting(remembered) == []
    remembered.undo_forget(token)
    assert waiting(remembered) == []
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE messages SET text = 'my sister is Clara', learned = 1 WHERE id = ?", (message.id,))
        connection.exec_driver_sql("UPDATE messages SET learned = 1 WHERE id = ?", (message.id,))
    assert waiting(remembered) == ["my sister is Clara"]


def test_what_was_read_of_other_words_teaches_nothing(remembered: Memories, say: Say) -> None:
    message = say("my sister is Anna")
    by_rules(remembered, message)
    remembered.extracted(message.id, (sister("Clara", message, extractor="model"),), read="my sister is Clara")
    assert in_force(remembered) == {} and waiting(remembered) == ["my sister is Anna"]
    remembered.extracted("0" * 32, (), read="gone")


def test_nothing_is_extracted_twice(remembered: Memories, say: Say) -> None:
    message = say("my sister is Anna")
    by_rules(remembered, message)
    remembered.extracted(message.id, (sister("Anna", message, extractor="model"),), read=message.text)
    remembered.extracted(message.id, (New("fact", "another", said_at=message.created_at, extractor="model"),), read=message.text)
    assert in_force(remembered) == {"their sister is called Anna": "model"}


def test_what_both_read_is_one_memory_and_the_rules_own(remembered: Memories, say: Say) -> None:
    message, later = say("my sister is Anna"), say("my sister Anna called")
    by_rules(remembered, message, sister("Anna", message, extractor="rules"))
    remembered.extracted(message.id, (sister("Anna", message, extractor="model"),), read=message.text)
    assert in_force(remembered) == {"their sister is called Anna": "rules"}
    by_rules(remembered, later)
    remembered.extracted(later.id, (sister("Anna", later, extractor="model"),), read=later.text)
    (one,) = remembered.list("mira")
    assert one.sources == (message.id, later.id) and one.extractor == "rules"


def test_what_the_rules_read_after_a_model_is_theirs_as_well(remembered: Memories, say: Say) -> None:
    message, later = say("Anna, my sister, she"), say("my sister is called Anna")
    by_rules(remembered, message)
    remembered.extracted(message.id, (sister("Anna", message, extractor="model"),), read=message.text)
    by_rules(remembered, later, sister("Anna", later, extractor="rules"))
    assert in_force(remembered) == {"their sister is called Anna": "rules"}


def test_where_they_differ_over_one_message_the_rules_stand(remembered: Memories, say: Say) -> None:
    message = say("my sister is called Anna, after Clara")
    by_rules(remembered, message, sister("Anna", message, extractor="rules"))
    remembered.extracted(message.id, (sister("Clara", message, extractor="model"),), read=message.text)
    assert texts(remembered.list("mira")) == ["their sister is called Anna"]


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_a_model_reads_later_stands_beside_what_the_rules_read(remembered: Memories, say: Say, by_hand: bool) -> None:
    message, later, last = say("my sister is Anna"), say("Clara she is now"), say("my sister is Eva")
    if by_hand:
        remembered.add("mira", sister("Anna", message), by_hand=True)
    else:
        by_rules(remembered, message, sister("Anna", message, extractor="rules"))
    by_rules(remembered, later)
    remembered.extracted(later.id, (sister("Clara", later, extractor="model"),), read=later.text)
    assert set(in_force(remembered)) == {"their sister is called Anna", "their sister is called Clara"}
    by_rules(remembered, last, sister("Eva", last, extractor="rules"))
    assert in_force(remembered) == {"their sister is called Eva": "rules"}
    old = {memory.text: memory.superseded_by for memory in remembered.list("mira", state="superseded")}
    newest = remembered.list("mira", state="in force")[0].id
    assert old == {"their sister is called Anna": newest, "their sister is called Clara": newest}


def test_a_model_does_not_end_what_the_rules_read(remembered: Memories, say: Say) -> None:
    message, later = say("my sister is Anna"), say("not any more")
    by_rules(remembered, message, sister("Anna", message, extractor="rules"))
    by_rules(remembered, later)
    remembered.extracted(later.id, (sister("Anna", later, extractor="model", denies=True),), read=later.text)
    assert in_force(remembered) == {"their sister is called Anna": "rules"}


def test_what_a_model_reads_replaces_what_a_model_read(remembered: Memories, say: Say) -> None:
    for message, name in ((say("Anna"), "Anna"), (say("Clara"), "Clara")):
        by_rules(remembered, message)
        remembered.extracted(message.id, (sister(name, message, extractor="model"),), read=message.text)
    assert in_force(remembered) == {"their sister is called Clara": "model"}


def test_who_read_it_travels_with_an_export(remembered: Memories, say: Say) -> None:
    message = say("my sister is Anna")
    by_rules(remembered, message, sister("Anna", message, extractor="rules"))
    remembered.extracted(message.id, (New("fact", "they sail", said_at=message.created_at, extractor="model"),), read=message.text)
    lines = list(remembered.export("mira"))
    assert [json.loads(line)["extractor"] for line in lines] == ["rules", "model"]
    old = [json.dumps({key: value for key, value in json.loads(line).items() if key != "extractor"}) for line in lines]
    assert remembered.import_lines("jonas", lines).problems == ()
    assert remembered.import_lines("ada", old).problems == ()
    assert [one.extractor for one in remembered.list("jonas")] == ["model", "rules"]
    assert [one.extractor for one in remembered.list("ada")] == ["", ""]


def test_what_an_earlier_version_learnt_the_rules_read(home: Path, tmp_path: Path, engine: Engine) -> None:
    before(tmp_path / "old", home, to="0002")
    with closing(sqlite3.connect(tmp_path / "old" / DATABASE_NAME)) as connection:
        row = "INSERT INTO memories (id, persona_id, kind, text, subject, attribute, slot, denies, said_at, importance, strength, recalls,"
        row += " pinned, hidden, by_hand, embedded, created_at) VALUES (?, 'mira', ?, ?, '', '', ?, 0, ?, 0.5, 1, 0, 0, 0, ?, 0, ?)"
        at = "2026-03-01 12:00:00"
        for number, (kind, by_hand) in enumerate((("fact", 0), ("fact", 1), ("summary", 0))):
            connection.execute(row, (f"{number:032x}", kind, f"{kind} {by_hand}", slot_of(str(number), ""), at, by_hand, at))
        connection.commit()
    upgraded = open_database(tmp_path / "old")
    found = {memory.text: memory.extractor for memory in Memories(upgraded).list("mira", state="all")}
    assert found == {"fact 0": "rules", "fact 1": "", "summary 0": ""}
    upgraded.dispose()
