import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from companion.feel.grams import grams
from companion.feel.head import EmotionReader
from companion.feel.recipe import training
from companion.feel.recipe.finishing import FOLDS, calibration, folds, shipped
from companion.feel.recipe.measures import best_thresholds, f1_scores
from companion.feel.recipe.training import Lesson, Network, logits_of, train
from companion.feel.recipe.vocabulary import FEWEST, places, vocabulary

TEXTS = ("I am glad", "I am not glad!", "", "words that nobody knows")
LABELS = ["joy", "sadness", "neutral"]


def test_the_file_reads_as_the_networks_that_were_trained_read_together(tmp_path: Path) -> None:
    torch.manual_seed(3)
    known = vocabulary(TEXTS[:2] * FEWEST)
    networks = [Network(8, len(known), len(LABELS)).eval() for _ in range(2)]
    vectors = torch.nn.functional.normalize(torch.randn(len(TEXTS), 8))
    slope, shift, thresholds = np.array([2, 1, 0.5], np.float32), np.array([0, -1, 1], np.float32), np.array([0.2, 0.3, 0.4])
    path = tmp_path / "reader.safetensors"
    save_file(shipped(networks, known, slope, shift, thresholds), path, {"embedder": "some", "labels": json.dumps(LABELS)})
    reader = EmotionReader.open(path)
    seen = torch.zeros(len(TEXTS), len(LABELS))
    lesson = Lesson(vectors, torch.from_numpy(places(TEXTS, known)), seen)
    logits = np.mean([logits_of(network, lesson) for network in networks], axis=0) * slope + shift
    for text, vector, row in zip(TEXTS, vectors.numpy(), logits, strict=True):
        if "not" not in text:  # what is denied is taken back afterwards
            assert list(reader.read(text, vector).emotions.values()) == pytest.approx(1 / (1 + np.exp(-row)), abs=0.02)
    assert list(reader.thresholds.values()) == pytest.approx([0.2, 0.3, 0.4])


def test_calibration_finds_how_a_network_exaggerates() -> None:
    rng = np.random.default_rng(5)
    honest = rng.normal(-2, 2, (20_000, 2)).astype(np.float32)
    seen = rng.random(honest.shape) < 1 / (1 + np.exp(-honest))
    slope, shift = calibration((honest - [0.5, -1]) * [3, 0.5], seen)
    assert slope == pytest.approx([1 / 3, 2], rel=0.1) and shift == pytest.approx([0.5, -1], abs=0.15)


def test_a_label_that_is_never_seen_keeps_its_slope() -> None:
    slope, shift = calibration(np.full((50, 1), -3.0, np.float32), np.zeros((50, 1), bool))
    assert slope == pytest.approx([1], abs=0.5) and np.isfinite(shift).all()


def test_every_row_is_in_one_fold_of_like_size() -> None:
    counts = np.bincount(folds(103, seed=1), minlength=FOLDS)
    assert counts.sum() == 103 and counts.max() - counts.min() <= 1


def test_the_vocabulary_has_what_several_texts_hold() -> None:
    known = vocabulary([*["so glad"] * FEWEST, "so rare"])
    assert set(grams("so glad")) == set(known) and known == sorted(known)
    (row,) = places(["so glad and rare"], known)
    assert {known[place - 1] for place in row if place} == set(grams("so glad and rare")) & set(known)


def test_the_best_thresholds_tell_apart_what_can_be_told_apart() -> None:
    shares = np.array([[0.1, 0.1], [0.2, 0.5], [0.6, 0.7], [0.7, 0.9]])
    seen = np.array([[False, True], [False, False], [True, True], [True, True]])
    scores = f1_scores(shares, seen, best_thresholds(shares, seen))
    assert scores == pytest.approx([1.0, 6 / 7])


def test_a_lucky_peak_is_no_threshold() -> None:
    rng = np.random.default_rng(4)
    shares = np.concatenate([rng.uniform(0.3, 0.9, (300, 1)), rng.uniform(0.05, 0.2, (300, 1))])
    seen = np.concatenate([np.ones((300, 1), bool), np.zeros((300, 1), bool)])
    assert 0.2 <= best_thresholds(shares, seen)[0] <= 0.35


def test_training_learns_from_vectors_and_from_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "BATCH_ROWS", 32)
    monkeypatch.setattr(training, "EPOCHS", 20)
    generator = torch.Generator().manual_seed(2)
    vectors = torch.nn.functional.normalize(torch.randn(400, 8, generator=generator))
    words = torch.randint(1, 4, (400, 2), generator=generator)
    seen = torch.stack([vectors[:, 0] > 0.2, (words == 3).any(dim=1)], dim=1).float()
    lesson = Lesson(vectors, words, seen)
    said = Lesson(vectors[:20], torch.nn.functional.pad(words, (0, 3))[:20], seen[:20])  # of another width
    told: list[str] = []
    found = logits_of(train(lesson, said, 3, seed=0, say=told.append), lesson) > 0
    assert (found == seen.numpy()).mean() > 0.9 and len(told) == 20
