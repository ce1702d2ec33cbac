"""Words that fit go the library's way; longer ones are read whole, passage by passage."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from companion.show.diffusers.families import family
from companion.show.diffusers.loading import find, load
from companion.show.diffusers.prompting import passages, words

LONG = ", ".join(f"a thing of number {number} on the shelf" for number in range(8))  # the tiny tokenizer spells letter by letter


@pytest.fixture(scope="module", params=["sd15", "sdxl"])
def pipe(request: pytest.FixtureRequest, checkpoints: SimpleNamespace) -> Any:
    loaded = load(find(str(checkpoints.pipeline(request.param))), torch.float32)
    loaded.kind = family(request.param)
    return loaded


@given(st.lists(st.integers(0, 9), max_size=300), st.integers(25, 75))
def test_no_token_is_lost_and_no_passage_is_too_long(tokens: list[int], room: int) -> None:
    cut = passages(tokens, room, frozenset({3}))
    assert [one for passage in cut for one in passage] == tokens
    assert all(len(passage) <= room for passage in cut)
    for passage in cut[:-1]:
        assert len(passage) == room or passage[-1] == 3, "it is cut early only behind a comma"


def test_words_that_fit_are_left_to_the_library(pipe: Any) -> None:
    assert words(pipe, pipe.kind, "a cat", "dogs", guided=True) == {"prompt": "a cat", "negative_prompt": "dogs"}
    assert words(pipe, pipe.kind, "a cat", "dogs", guided=False) == {"prompt": "a cat", "negative_prompt": None}


def test_reading_in_passages_is_the_librarys_own_reading_where_one_passage_suffices(pipe: Any) -> None:
    from companion.show.diffusers.prompting import _long

    ours = _long(pipe, "a cat", "dogs", zeros=False)
    theirs = pipe.encode_prompt(
        "a cat", device=torch.device("cpu"), num_images_per_prompt=1, do_classifier_free_guidance=True, negative_prompt="dogs"
    )
    names = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
    for name, tensor in zip(names, theirs, strict=False):
        assert torch.equal(ours[name], tensor), name


def test_the_end_of_long_words_counts(pipe: Any) -> None:
    told, other = (words(pipe, pipe.kind, LONG + end, "dogs", guided=True) for end in ("", " with a lamp"))
    assert told["prompt_embeds"].shape[1] % 77 == 0 and told["prompt_embeds"].shape == told["negative_prompt_embeds"].shape
    assert told["prompt_embeds"].shape[1] > 77
    same = min(told["prompt_embeds"].shape[1], other["prompt_embeds"].shape[1])
    assert other["prompt_embeds"].shape[1] > same or not torch.equal(told["prompt_embeds"][:, :same], other["prompt_embeds"][:, :same])


def test_a_picture_is_painted_of_long_words(pipe: Any) -> None:
    for guided in (True, False):
        told = words(pipe, pipe.kind, LONG, "", guided=guided)
        scale = 5.0 if guided else 1.0
        image = pipe(
            **told, width=32, height=32, num_inference_steps=1, guidance_scale=scale, generator=torch.Generator().manual_seed(0)
        ).images[0]
        assert image.size == (32, 32)


def test_without_a_negative_prompt_sdxl_compares_with_nothing_as_the_library_does(checkpoints: SimpleNamespace) -> None:
    loaded = load(find(str(checkpoints.pipeline("sdxl"))), torch.float32)
    assert loaded.config.force_zeros_for_empty_prompt
    told = words(loaded, family("sdxl"), LONG, "", guided=True)
    assert not told["negative_prompt_embeds"].any() and not told["negative_pooled_prompt_embeds"].any()


def test_flux_reads_it_all_at_once_and_its_negative_only_when_guided(checkpoints: SimpleNamespace) -> None:
    loaded = load(find(str(checkpoints.pipeline("flux2-klein"))), torch.float32)
    klein = family("flux2-klein")
    assert words(loaded, klein, LONG, "dogs", guided=False) == {"prompt": LONG}
    told = words(loaded, klein, LONG, "dogs", guided=True)
    assert told["prompt"] == LONG and told["negative_prompt_embeds"].ndim == 3
