"""What is looked up for a model that searches and chooses badly: what is near, and an idea."""

from dataclasses import replace
from pathlib import Path

import pytest

from companion.affect import Manner
from companion.errors import ModelError
from companion.prompting import constraints_of
from companion.store.conversations import utc_now
from companion.store.memory_records import New
from companion.think.fake import FakeSuggests
from companion.think.layout import Now
from tests.desk import Setup, set_up


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return set_up(tmp_path, ["The light ", "is on."])


def suggesting(setup: Setup, suggests: FakeSuggests) -> Setup:
    """The same desk, where whoever writes is given ideas."""
    plain = setup.desk.writer
    return replace(setup, desk=replace(setup.desk, writer=lambda choice: replace(plain(choice), suggests=suggests)))


def test_an_idea_stands_before_the_message_and_its_gaps_are_never_said(setup: Setup) -> None:
    suggests = FakeSuggests("With _? How was it?")
    first = suggesting(setup, suggests).take(text="I met Anna")[0]
    request = setup.engine.requests[-1]
    assert request.prompt.messages[-1].content.endswith("[idea] With _? How was it?\nI met Anna")
    assert request.constraints.avoid == ("_",)
    assert suggests.asked == [("I met Anna", ("Hello, I am Mara.",), first.reply_id)]


@pytest.mark.parametrize("suggests", [FakeSuggests(""), FakeSuggests(fail_with=ModelError("no", hint="no"))], ids=["none", "failed"])
def test_no_idea_changes_nothing_and_neither_does_one_that_cannot_be_looked_for(setup: Setup, suggests: FakeSuggests) -> None:
    assert suggesting(setup, suggests).take(text="Hi")[-1].reason == "end"
    request = setup.engine.requests[-1]
    assert "[idea]" not in request.prompt.messages[-1].content and request.constraints.avoid == ()


def test_what_is_recalled_is_pointed_at_unless_it_cannot_be_looked_for(setup: Setup) -> None:
    setup.memories.add("mara", New("fact", "their dog is called Bruno", said_at=setup.clock()), by_hand=True)
    suggesting(setup, FakeSuggests()).take(text="How is their dog called?")
    newest = setup.engine.requests[-1].prompt.messages[-1].content
    assert newest.endswith("[/now]\n[near] their dog is called Bruno\nHow is their dog called?")
    suggesting(setup, FakeSuggests()).take(text="And now?")
    assert setup.engine.requests[-1].prompt.messages[-1].content.endswith("[near] How is their dog called?\nAnd now?")
    suggesting(setup, FakeSuggests(fail_with=ModelError("no", hint="no"))).take(text="How is their dog called?")
    assert "[near]" not in setup.engine.requests[-1].prompt.messages[-1].content


def test_what_they_said_is_said_back_whole_however_few_sentences_she_has(setup: Setup) -> None:
    told = "I found the accordion. Grandpa left it to me! It wheezes, can you believe it?"
    bounds = constraints_of(
        setup.desk.cast.newest("mara").blueprint,
        setup.desk.settings,
        "what did grandpa leave me?",
        Now(utc_now(), idea=told, known=True),
        Manner(avoid=("cheer up",), sentence_words=4, reply_sentences=1, questions="none"),
    )
    assert (bounds.sentence_words, bounds.reply_sentences, bounds.questions, bounds.favour) == (0, 0, "allowed", told)
    assert "cheer up" in bounds.avoid, "what she never says she does not say in their words either"
