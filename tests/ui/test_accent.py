import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.persona.blueprint import Appearance
from companion.ui.accent import DARK_SURFACE, LIGHT_PAPER, TEXT_CONTRAST, contrast, legible, stylesheet

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@given(colors)
def test_every_accent_can_be_read(color: str) -> None:
    assert contrast(legible(color, LIGHT_PAPER), LIGHT_PAPER) >= TEXT_CONTRAST
    assert contrast(legible(color, DARK_SURFACE), DARK_SURFACE) >= TEXT_CONTRAST


def test_an_accent_that_can_be_read_stays_as_it_is() -> None:
    assert legible("#2F6E73", LIGHT_PAPER) == "#2F6E73"


@given(colors, colors)
def test_both_schemes_are_set_for_any_colours(accent: str, backdrop: str) -> None:
    css = stylesheet(Appearance(accent=accent, backdrop=backdrop))
    assert css.count("--accent:") == 2 and "body.dark{" in css
