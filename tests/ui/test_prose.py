import re

from hypothesis import given
from hypothesis import strategies as st

from companion.ui.prose import attribute, paragraphs


def test_paragraphs_lines_and_emphasis_are_drawn() -> None:
    assert paragraphs("One *soft* line\nand two\n\nThen **more**.") == (
        "<p>One <em>soft</em> line<br>and two</p><p>Then <strong>more</strong>.</p>"
    )


def test_a_script_stays_text() -> None:
    assert paragraphs("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_an_image_with_a_handler_stays_text() -> None:
    drawn = paragraphs('<img src=x onerror="alert(1)">')
    assert "<img" not in drawn and "onerror=&quot;" in drawn


def test_a_markdown_link_and_image_stay_text() -> None:
    text = "[a](javascript:alert(1)) ![b](https://example.org/b.png)"
    assert paragraphs(text) == f"<p>{text}</p>"


def test_an_unfinished_star_is_a_star() -> None:
    assert paragraphs("She *waits and 2 * 3 * 4") == "<p>She *waits and 2 * 3 * 4</p>"


@given(st.text(alphabet="<>&\"'*_ab \n/=!`$ {}"))
def test_only_our_own_tags_come_out(text: str) -> None:
    assert set(re.findall(r"<[^>]*>", paragraphs(text))) <= {"<p>", "</p>", "<br>", "<em>", "</em>", "<strong>", "</strong>"}


@given(st.text())
def test_an_attribute_cannot_be_left(text: str) -> None:
    assert not set(attribute(text)) & {'"', "<", ">", "\n"}
