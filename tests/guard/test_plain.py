import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.guard.plain import Plainer, squeeze

PLAINER = Plainer({"wanna": "want to", "d*e": "die"}, ["really", "kind of"])


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("I'm  TIRED", ("im tired",)),
        ("I’m tired", ("im tired",)),
        ("soooo tireddd", ("so tired",)),
        ("t1red", ("tired",)),
        ("t.i.r.e.d", ("tired",)),
        ("t i r e d", ("tired",)),
        ("ti\u200bred \u00adnow", ("tired now",)),
        ("fatigué", ("fatigue",)),
        ("One. Two!\n\nThree? four... five", ("one", "two", "thre", "four five")),
        ("I really, kind of wanna go", ("i want to go",)),
        ("*sighs* d*e", ("sighs die",)),
        ("at 15, in 2009", ("at 15 in 2009",)),
        ("?!", ()),
    ],
)
def test_many_spellings_read_alike(written: str, plain: tuple[str, ...]) -> None:
    assert PLAINER.sentences(written) == plain


@given(st.text(max_size=300))
def test_any_text_becomes_words_and_single_spaces(text: str) -> None:
    for sentence in PLAINER.sentences(text):
        assert sentence == " ".join(sentence.split()) and set(sentence) <= set("abcdefghijklmnopqrstuvwxyz0123456789* ")


@given(st.text(max_size=100))
def test_squeezing_twice_changes_nothing_more(text: str) -> None:
    assert squeeze(squeeze(text)) == squeeze(text)
