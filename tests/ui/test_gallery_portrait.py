import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from companion.persona.blueprint import Appearance
from companion.ui.gallery_portrait import SIDE_PX, chosen, framed, head_of

HEAD = (200, 40, 40)


def picture(subject: tuple[float, float, float, float], width: int = 160, height: int = 200) -> bytes:
    """A picture with a red head on blue ground."""
    image = Image.new("RGB", (width, height), (20, 40, 200))
    left, top, right, bottom = (round(share * side) for share, side in zip(subject, (width, height) * 2, strict=True))
    image.paste(HEAD, (left, top, max(right, left + 1), max(bottom, top + 1)))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def opened(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image))


def test_the_head_fills_the_square_and_keeps_its_shape() -> None:
    subject = (0.35, 0.2, 0.65, 0.44)  # 48 by 48 pixels
    head = opened(head_of(picture(subject), {"subject": list(subject)}))
    assert head.size == (SIDE_PX, SIDE_PX)
    red = sum(1 for x in range(0, SIDE_PX, 8) for y in range(0, SIDE_PX, 8) if head.getpixel((x, y))[0] > 120) / (SIDE_PX / 8) ** 2  # type: ignore[index]
    assert 0.7 < red < 0.9


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.integers(16, 90), st.integers(16, 90))
def test_whatever_a_record_says_a_square_comes_out(box: list[float], width: int, height: int) -> None:
    left, top, right, bottom = min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])
    image = picture((left, top, right, bottom), width, height)
    assert opened(head_of(image, {"subject": [left, top, right, bottom]})).size == (SIDE_PX, SIDE_PX)
    assert opened(head_of(image, {})).size == (SIDE_PX, SIDE_PX)


@pytest.mark.parametrize("round_off", [True, False])
def test_a_head_is_framed_as_a_portrait_is(round_off: bool) -> None:
    small = opened(framed(picture((0, 0, 1, 1), 64, 64), 48, round_off=round_off))
    assert small.size == (48, 48) and small.mode == ("RGBA" if round_off else "RGB")
    if round_off:
        corner, middle = small.getpixel((0, 0)), small.getpixel((24, 24))
        assert corner[3] == 0 and middle[3] == 255  # type: ignore[index]


def test_a_drawn_portrait_names_no_picture() -> None:
    assert chosen(Appearance()) == ""
