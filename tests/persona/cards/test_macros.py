"""Macros say what V3's "Curly Braced Syntaxes" wants, one test a section, and nothing grows without bound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import CardError
from companion.persona.cards.limits import MOST_EXPANDED_CHARS
from companion.persona.cards.macros import Names, expand

NAMES = Names("Addie", "Sam")


def said(text: str, **options) -> str:
    return expand(text, NAMES, **options)


def test_v3_char_and_bot_and_v1_bot():
    assert said("{{char}} {{CHAR}} <char> <BOT> <bot> {{ char }}") == "Addie " * 5 + "Addie"


def test_v3_user_and_v1_user():
    assert said("{{user}}, {{User}}, <USER> and <user>") == "Sam, Sam, Sam and Sam"


def test_v3_random():
    seen = {said("{{random:Hello,Hi\\, you,Hey}}", draw=turn) for turn in range(60)}
    assert seen == {"Hello", "Hi, you", "Hey"}
    assert {said("{{RANDOM::a,b}}", draw=turn) for turn in range(40)} == {"a", "b"}
    assert {said("{{random::a,b::c}}", draw=turn) for turn in range(40)} == {"a,b", "c"}


def test_v3_pick_stays_for_the_same_prompt():
    text = "{{pick:Hello,Hi,Hey}} {{pick:Hello,Hi,Hey}}"
    assert len({said(text, seed="one", draw=turn) for turn in range(20)}) == 1
    assert {said("{{pick::a,b}}", seed=str(number)) for number in range(40)} == {"a", "b"}
    assert len({tuple(said(text, seed=str(number)).split()) for number in range(200)}) == 9


def test_v3_roll():
    for text in ("{{roll:6}}", "{{roll:d6}}", "{{Roll:D6}}", "{{roll: 6}}"):
        assert {said(text, draw=turn) for turn in range(200)} == set("123456")
    for text in ("{{roll:0}}", "{{roll:x}}", "{{roll:}}", "{{roll:" + 5000 * "9" + "}}"):
        assert said(text) == text


def test_v3_comments_and_hidden_keys_are_no_text():
    text = "a{{// {{user}} b}}{{comment: c}}{{hidden_key:clock}}d"
    assert said(text) == "ad"
    assert said(text, matching=True) == "aclockd"


def test_v3_reverse():
    assert said("{{reverse:Hello}} {{reverse:{{user}}}}") == "olleH maS"


def test_macros_stand_inside_each_other():
    assert said("{{random:{{char}},{{char}}}} {{reverse:{{reverse:{{user}}}}}}") == "Addie Sam"


def test_a_name_never_becomes_a_macro_or_two_values():
    tricky = Names("{{user}}", "a,b::c")
    assert expand("{{char}}", tricky) == "{{user}}"
    assert {expand("{{random:{{user}},x}}", tricky, draw=turn) for turn in range(40)} == {"a,b::c", "x"}
    assert expand("{{{{char}}}}", Names("user", "Sam")) == "{{user}}"


def test_half_a_character_is_text_like_any_other():
    assert said("\ud800{{pick:\ud800,\ud800}}{{reverse:\ud800}}") == "\ud800" * 3


def test_original_is_a_macro_only_where_there_is_one():
    assert said("{{original}} Be brief.") == "{{original}} Be brief."
    assert expand("{{Original}} Be brief.", Names("A", "S", "You are {{char}}.")) == "You are {{char}}. Be brief."


@pytest.mark.parametrize("text", ["{{unknown}}", "{{char", "char}}", "{{", "}}{{", "{{time:utc}}", "{char}", "{{char x}}", "<b>", "{{}}"])
def test_what_is_not_known_stays(text):
    assert said(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<bot>" * 40_000 + "{{char}}" * 1_000,
        "x" * (MOST_EXPANDED_CHARS + 1),
        "{{reverse:" * 10 + "y" * 150_000 + "}}" * 10,
        "{{// x}}" * 30_000,
    ],
)
def test_a_text_that_grows_too_long_is_refused(text):
    with pytest.raises(CardError):
        said(text)


def test_deep_and_endless_braces_end():
    assert said("{{" * 50_000) == "{{" * 50_000
    assert said("{{" * 500 + "char" + "}}" * 500).count("{{") == 500


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["{{", "}}", "char", "user", ":", ",", "random", "pick:", "roll:", "//", "<bot>", "\\", " ", "x"])),
    st.integers(),
)
def test_any_text_is_expanded_the_same_way_twice(parts, draw):
    text = "".join(parts)
    assert said(text, draw=draw) == said(text, draw=draw)
