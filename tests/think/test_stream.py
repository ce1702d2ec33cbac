import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.think.stream import TokenText, Visible
from tests.think.checkpoints import starter_like


def shown(visible: Visible, parts: list[str]) -> list[str]:
    return [text for text in (*map(visible.feed, parts), visible.close()) if text]


def test_a_character_is_shown_when_its_last_byte_is_there() -> None:
    tokenizer = starter_like()
    text = TokenText(lambda ids: tokenizer.decode(ids, skip_special_tokens=True))
    told = [text.feed(i) for i in tokenizer.encode("naïve 🙂 你好", add_special_tokens=False)]
    assert "".join(told) == "naïve 🙂 你好"
    assert {"🙂", "你"} <= {part.strip() for part in told}


def test_bytes_that_are_no_character_are_not_shown() -> None:
    tokenizer = starter_like()
    text = TokenText(lambda ids: tokenizer.decode(ids, skip_special_tokens=True))
    smile = tokenizer.encode("🙂", add_special_tokens=False)
    ids = [*smile[:-1], *tokenizer.encode("abc", add_special_tokens=False)]
    assert "".join(map(text.feed, ids)) == "abc"


def test_the_space_before_a_first_token_is_kept_where_a_reply_goes_on() -> None:
    words = ["\u2581I", "\u2581was", "\u2581going", "\u2581home"]

    def decode(ids: list[int]) -> str:  # as SentencePiece does it: a leading space is dropped
        return "".join(words[i] for i in ids).replace("\u2581", " ").removeprefix(" ")

    text = TokenText(decode, before=[0, 1])
    assert "I was" + text.feed(2) + text.feed(3) == "I was going home"


def test_a_stop_string_over_several_pieces_never_shows() -> None:
    visible = Visible(("\nUser:",))
    assert shown(visible, [" Hi", " there.", "\n", "Us", "er", ": secret", " more"]) == ["Hi", " there."]
    assert visible.stopped


def test_what_only_began_like_a_stop_string_shows_in_the_end() -> None:
    assert "".join(shown(Visible(("<|user|>",)), ["a <|us", "eful|> thing <|us"])) == "a <|useful|> thing <|us"


@pytest.mark.parametrize(("prefix", "expected"), [("", "text"), ("I", " text"), ("I ", "text"), (" \n", "text")])
def test_leading_space_counts_only_when_words_go_on(prefix: str, expected: str) -> None:
    assert "".join(shown(Visible((), before=prefix), [" ", "text ", "\n"])) == expected


@pytest.mark.parametrize("avoid", [(), ("cheer up",)])
def test_what_is_avoided_is_left_out_whatever_else_is_held_back(avoid: tuple[str, ...]) -> None:
    parts = ["Oh, che", "er\n", "up", " now. I", " am here.", "\nUser: cheer up"]
    left = "Oh,… I am here." if avoid else "Oh, cheer\nup now. I am here."
    assert "".join(shown(Visible(("\nUser:",), avoid=avoid), parts)) == left


@given(st.lists(st.text(alphabet="ab<| \n", max_size=5)), st.lists(st.text(alphabet="ab<|", min_size=1, max_size=4), max_size=3))
def test_the_pieces_are_the_text_before_the_first_stop(parts: list[str], stops: list[str]) -> None:
    whole = "".join(parts)
    cut = min((whole.find(stop) for stop in stops if stop in whole), default=len(whole))
    assert "".join(shown(Visible(stops), parts)) == whole[:cut].strip()
