"""The chat as someone sees it who types lines: `talk` gives the lines, and returns what was shown."""

import os
import signal
import threading
from functools import partial

import pytest

from companion.compose import SHIPPED_PERSONAS, compose
from companion.persona.library import Library
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.terminal.reply import plain
from companion.think.fake import FakeEngine


@pytest.fixture
def talk(run):
    def lines(*lines: str, engine: FakeEngine | None = None, options: tuple[str, ...] = ("--new", "--persona", "mara")) -> str:
        result = run(
            "chat", *options, input="\n".join(lines) + "\n", compose=partial(compose, engine=engine or FakeEngine(["A", " storm", "."]))
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    return lines


def test_a_chat_says_when_words_leave_the_machine(run, settings):
    remote = settings.model_copy(update={"remote_url": "http://there:8000/v1", "remote_model": "ada"})
    shown = run(
        "chat", "--new", "--persona", "mara", input="/quit\n", settings=remote, compose=partial(compose, engine=FakeEngine())
    ).stdout
    assert "You are talking to ada on http://there:8000/v1. What you write goes there." in shown


def paths(settings) -> list[list[str]]:
    """The texts of every conversation's path, newest conversation first."""
    engine = open_database(settings.home)
    try:
        store = Conversations(engine)
        return [[message.text for message in store.path(one.id)] for one in store.list()]
    finally:
        engine.dispose()


def test_a_chat_begins_with_what_she_is_and_her_greeting(talk):
    shown = talk("/quit")
    assert shown.index("AI") < shown.index("Mind the stairs")
    assert "Everything is kept" in shown


def test_what_is_said_is_answered_and_kept(talk, settings):
    shown = talk("Are there storms?")
    assert "A storm." in shown and "first word" in shown
    assert paths(settings)[0][1:] == ["Are there storms?", "A storm."]


def test_the_next_chat_goes_on_where_this_one_stopped(talk, settings):
    talk("Are there storms?")
    shown = talk("And now?", options=())
    assert "Are there storms?" in shown
    assert paths(settings)[0][1:] == ["Are there storms?", "A storm.", "And now?", "A storm."]


def test_replies_are_tried_again_and_swiped_through(talk, settings):
    shown = talk("Hello", "/regenerate", "/swipe", "/swipe back", "/swipe", engine=FakeEngine(["One."], ["Two."]))
    assert "1 / 2" in shown and "2 / 2" in shown
    assert paths(settings)[0][-1] == "One."


def test_words_are_edited_and_taken_back(talk, settings):
    shown = talk("Helo", "/edit Hello", "/undo", engine=FakeEngine(["What?"], ["Hi."]))
    assert "Taken back" in shown
    assert paths(settings)[0][1:] == ["Helo", "What?"]


def test_undoing_a_message_shows_its_words_again(talk, settings):
    assert "You had written: Hello" in talk("Hello", "/undo")
    assert len(paths(settings)[0]) == 1


def test_a_talk_with_who_changed_goes_on_with_her_as_she_is_now_when_told_to(talk, settings):
    library = Library(SHIPPED_PERSONAS, settings.home / "personas")
    path = library.duplicate("mara", "Runa").path
    talk("Hello", options=("--persona", "runa"))
    path.write_text(path.read_text("utf-8").replace("lighthouse keeper", "keeper of nothing"), "utf-8")
    shown = talk("/move", "/undo", "/move", "/move", options=("--persona", "runa"))
    assert "Runa has changed since this talk began: version 1, now 2." in shown and "speaks as in version 2" in shown
    assert "Taken back: change version." in shown and "newest version already" in shown


def test_new_begins_another_conversation(talk, settings):
    talk("Hello", "/new", "Hello again")
    assert [path[1] for path in paths(settings)] == ["Hello again", "Hello"]


def test_a_card_of_help_lines_answers_instead_of_her(talk):
    engine = FakeEngine()
    shown = talk("I want to kill myself", engine=engine)
    assert "112" in shown and "As of" in shown.replace("as of", "As of")
    assert engine.requests == []


def test_help_lists_every_command_and_a_wrong_one_is_said(talk):
    shown = talk("/help", "/hlep")
    for command in ("/regenerate", "/edit", "/undo", "/swipe", "/continue", "/new", "/quit"):
        assert command in shown
    assert "/hlep is not a command" in shown


def test_an_error_is_said_and_the_chat_goes_on(talk):
    shown = talk("/continue", "x" * 9000, "/edit", "Hello")
    assert "greeting" in shown and "8,000" in shown
    assert "A storm." in shown


def test_a_persona_or_conversation_that_is_not_there_is_said(run):
    for option, name in (("--persona", "nobody"), ("--conversation", "nothing")):
        result = run("chat", option, name, compose=partial(compose, engine=FakeEngine()))
        assert result.exit_code == 2 and result.stderr


def test_what_a_terminal_would_obey_is_left_out():
    assert plain("red \x1b[31m\x07text\u202e\n\tnext") == "red [31mtext\n\tnext"


@pytest.fixture
def hears_ctrl_c():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_stops_the_reply_and_keeps_it(talk, settings):
    engine = FakeEngine(["One", " two", " three"], gate=True)

    def press() -> None:
        engine.waiting.wait()
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    shown = talk("Count", engine=engine)
    presser.join()
    assert "stopped" in shown and "three" not in shown and "Everything is kept" in shown
    assert paths(settings)[0][1] == "Count"
