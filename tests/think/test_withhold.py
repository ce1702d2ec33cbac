import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.think.withhold import Withheld


def shown(text: str, *phrases: str, before: str = "", seed: int | None = None) -> str:
    withheld, rng = Withheld(phrases, before), random.Random(seed)
    cuts = sorted(rng.sample(range(len(text) + 1), min(len(text), rng.randrange(6)))) if seed is not None else range(len(text))
    parts = [text[one:other] for one, other in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return "".join(map(withheld.feed, parts)) + withheld.close()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I hope you cheer up soon. It is late.", "I hope you… It is late."),
        ("Cheer up, love! It is late.", "It is late."),
        ("It is late. CHEER\n UP", "It is late."),
        ("It is late. So ｃheer up?! Good night.", "It is late. So… Good night."),
        ("one\ncheer up\ntwo", "one\ntwo"),
        ("Cheer up!", "…"),
        ("cheer up", "…"),
        ("I cheer upwards. Cheer.", "I cheer upwards. Cheer."),
        ("so cheer", "so cheer"),
    ],
)
def test_the_rest_of_the_sentence_is_left_out(text: str, left: str) -> None:
    assert shown(text, "cheer up") == left
    assert all(shown(text, "cheer up", seed=seed) == left for seed in range(10))


def test_what_cannot_be_a_beginning_is_shown_at_once() -> None:
    withheld = Withheld(("cheer up",))
    assert withheld.feed("I am so") == "I am so"
    assert withheld.feed(" chee") == ""
    assert withheld.feed("se.") == " cheese."
    assert Withheld(()).feed("cheer ") == "cheer "


def test_a_reply_that_goes_on_counts_from_its_beginning() -> None:
    assert shown("r up. Well.", "cheer up", before="Oh, chee") == "… Well."
    assert shown("up. Well.", "cheer up", before="Oh, cheer ") == "… Well."
    assert shown(" is nice.", "art", before="This art") == " is nice.", "what stands already is let be"


def test_an_ellipsis_of_its_own_completes_nothing() -> None:
    assert shown("I hope you cheer up. Yes.", "cheer up", "you...") == "I hope you Yes."


@given(st.text(alphabet="abc .\n!", max_size=30), st.sampled_from([("a b", "cc"), ("a",), ("b.", "ab c")]), st.integers(0, 99))
def test_no_phrase_is_ever_shown_and_nothing_else_is_lost(text: str, phrases: tuple[str, ...], seed: int) -> None:
    left = shown(text, *phrases, seed=seed)
    for phrase in phrases:
        pattern = r"\s+".join(map(re.escape, phrase.split()))
        assert not re.search(rf"(?<!\w){pattern}" + (r"(?!\w)" if phrase[-1].isalnum() else ""), left), (text, left)
    assert shown(text, "xyz", seed=seed) == text.rstrip()
    assert left.strip() or not text.strip()
