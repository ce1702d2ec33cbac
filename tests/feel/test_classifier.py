from pathlib import Path

import numpy as np
import pytest

from companion.errors import ModelError
from companion.feel.classifier import ClassifierReader
from companion.feel.reading import ReadsFeelings

WORDS = ("<unk>", "<pad>", "i", "am", "glad", "sad")
LABELS = ("Joy", "sadness", "hunger", "neutral")
BIAS = (2.0, -2.0, 5.0, -4.0)


def checkpoint(folder: Path, *, labels: tuple[str, ...] = LABELS, bias: tuple[float, ...] = BIAS, several: bool = True) -> Path:
    """Writes a one-layer BERT that takes 16 tokens and always answers with the bias of its labels."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", pad_token="<pad>").save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=16
    )
    config.id2label = dict(enumerate(labels))
    config.problem_type = "multi_label_classification" if several else "single_label_classification"
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor(bias))
    model.save_pretrained(folder)
    return folder


def test_labels_that_are_feelings_are_read_and_others_passed_over(tmp_path: Path) -> None:
    reading = ClassifierReader(str(checkpoint(tmp_path))).read("i am glad")
    assert reading.emotions == pytest.approx({"joy": 0.881, "sadness": 0.119, "neutral": 0.018}, abs=1e-3)
    assert reading.present == ("joy",) and reading.strongest() == ("joy",) and reading.valence > 0.5


def test_a_model_for_one_label_shares_among_all_of_them(tmp_path: Path) -> None:
    emotions = ClassifierReader(str(checkpoint(tmp_path, several=False))).read("i am glad").emotions
    assert emotions["joy"] == pytest.approx(np.exp(2) / np.exp(BIAS).sum(), abs=1e-4)
    assert sum(emotions.values()) < 0.1  # the label that is no feeling has the rest


def test_the_wording_makes_it_stronger(tmp_path: Path) -> None:
    reader = ClassifierReader(str(checkpoint(tmp_path)))
    assert reader.read("i am a bit glad").intensity < reader.read("i am glad").intensity < reader.read("i am SO glad!!").intensity


def test_it_reads_any_text_beside_any_embedder(tmp_path: Path) -> None:
    reader: ReadsFeelings = ClassifierReader(str(checkpoint(tmp_path)))
    assert reader.fits("all-mpnet-base-v2") and reader.fits("")
    for text in ("", "glad " * 10_000, "🙂", "\ud800", "привет"):
        assert "neutral" in reader.read(text, np.zeros(768, np.float32)).emotions
    assert reader.read("", np.zeros(768, np.float32)).strongest() == ()


def test_a_model_that_knows_no_feelings_is_refused_with_its_labels(tmp_path: Path) -> None:
    reader = ClassifierReader(str(checkpoint(tmp_path, labels=("spam", "ham", "joy", "neutral"))))
    with pytest.raises(ModelError, match="spam, ham, joy") as refusal:
        reader.read("i am glad")
    assert "COMPANION_EMOTION_READER" in refusal.value.hint


def test_a_folder_that_is_missing_empty_or_broken_says_what_to_do(tmp_path: Path) -> None:
    broken = checkpoint(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"\x00" * 100)
    (tmp_path / "empty").mkdir()
    for source in (broken, tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(ModelError) as refusal:
            ClassifierReader(str(source)).load()
        assert str(source) in refusal.value.message and refusal.value.hint


def test_numbers_that_are_none_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="failed"):
        ClassifierReader(str(checkpoint(tmp_path, bias=(float("nan"), 0.0, 0.0, 0.0)))).read("i am glad")
