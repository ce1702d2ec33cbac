import json

import pytest

from companion.store.conversations import Conversations
from companion.store.database import open_database


@pytest.fixture
def store(settings):
    engine = open_database(settings.home)
    yield Conversations(engine)
    engine.dispose()


def said(store, text: str, persona_id: str = "mara") -> str:
    conversation = store.create(persona_id, ["Hello there."])
    _, reply = store.begin_turn(conversation.id, text)
    store.finish_reply(reply.id, "A storm.", "complete", "end")
    return conversation.id


def test_an_empty_list_says_how_to_begin(run):
    assert "chat" in run("conversation", "list").stdout


def test_the_list_can_be_searched(run, store):
    ours, other = said(store, "Tell me about storms"), said(store, "Tell me about bread", "theo")
    shown = run("conversation", "list", "--search", "bread").stdout
    assert other in shown and ours not in shown
    assert "Nothing was found" in run("conversation", "list", "--search", "unheard of").stdout


def test_exports_read_and_hold_everything(run, store, tmp_path):
    conversation_id = said(store, "Tell me about storms")
    page = run("conversation", "export", conversation_id).stdout
    assert "### Mara" in page and "A storm." in page
    file = tmp_path / "talk.json"
    assert run("conversation", "export", conversation_id, "--format", "json", "--to", str(file)).exit_code == 0
    assert [message["text"] for message in json.loads(file.read_text())["messages"]] == ["Hello there.", "Tell me about storms", "A storm."]


def test_words_of_a_persona_whose_file_is_gone_are_still_there(run, store):
    assert "### vera" in run("conversation", "export", said(store, "Hello", "vera")).stdout


def test_what_cannot_be_done_is_said(run, store, tmp_path):
    assert run("conversation", "export", "nothing").exit_code == 2
    result = run("conversation", "export", said(store, "Hello"), "--to", str(tmp_path / "no" / "folder.md"))
    assert result.exit_code == 2 and "--to" in result.stderr
