import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from companion.errors import ModelError
from companion.think.int8 import Int8Linear, rounded
from companion.think.loading import LoadedModel
from companion.think.local import LocalEngine
from companion.think.pace import Pace
from companion.think.protocol import GenerationRequest, PromptMessage
from companion.think.quantisation import Quantise
from tests.think.checkpoints import save_checkpoint, starter_like
from tests.think.test_local import request, written
from tests.think.test_local_kept import said
from tests.think.test_overlays import save_adapter

has_bitsandbytes = importlib.util.find_spec("bitsandbytes") is not None
in_4_bits = pytest.param("int4", marks=pytest.mark.skipif(not has_bitsandbytes, reason="bitsandbytes is not installed"))
FORMATS = ["int8", in_4_bits]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", starter_like(), intermediate=128)


def engine(folder: Path, quantise: Quantise, **options: Any) -> LocalEngine:
    return LocalEngine(folder, device="cpu", **{"dtype": "float32", **options}, quantise=quantise)


def asked(message: str = "Hello there.", **constraints: object) -> GenerationRequest:
    return replace(request(said(message=message), **{"max_tokens": 40, **constraints}), cache_key="one")


def layers(model: LoadedModel) -> list[torch.nn.Linear]:
    found = [layer for name, layer in model.network.named_modules() if isinstance(layer, torch.nn.Linear) and "lm_head" not in name]
    assert len(found) == 14
    return found


def test_a_weight_is_rounded_to_the_nearest_of_255_steps() -> None:
    weight = torch.randn(6, 32)
    weight[2] = 0
    whole, scale = rounded(weight)
    assert whole.dtype == torch.int8 and whole.abs().amax(1).tolist() == [127, 127, 0, 127, 127, 127]
    assert (whole * scale[:, None] - weight).abs().amax(1).le(scale / 2 + 1e-6).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("tokens", [1, 5, 40])
@pytest.mark.parametrize(("width", "rows", "bias"), [(64, 48, True), (960, 7, False), (40, 8, False), (100, 8, True)])
def test_an_int8_layer_computes_what_its_rounded_weights_would(dtype: torch.dtype, tokens: int, width: int, rows: int, bias: bool) -> None:
    torch.manual_seed(0)
    like = torch.nn.Linear(width, rows, bias=bias, dtype=dtype)
    layer = Int8Linear(like)
    weight, scale = rounded(like.weight.detach())
    layer.weight, layer.scale = (torch.nn.Parameter(one, requires_grad=False) for one in (weight, scale))
    layer.bias = like.bias
    tokens_in = torch.randn(2, tokens + 1, width, dtype=dtype)[:, 1:]  # not in one piece
    wanted = torch.nn.functional.linear(tokens_in.float(), weight.float() * scale.float()[:, None], like.bias.float() if bias else None)
    close = 1e-5 if dtype == torch.float32 else 2e-2
    assert torch.allclose(layer(tokens_in).float(), wanted, atol=close, rtol=close)


@pytest.mark.parametrize("quantise", FORMATS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_layers_really_are_smaller_and_it_writes(folder: Path, quantise: Quantise, dtype: str) -> None:
    whole, small = engine(folder, "none", dtype=dtype), engine(folder, quantise, dtype=dtype)
    share = {"int8": 1, "int4": 0.5}[quantise] / (4 if dtype == "float32" else 2)
    before, after = (sum(layer.weight.nbytes for layer in layers(one.load())) for one in (whole, small))
    assert after == before * share
    text, account = written(small.write(asked()))
    assert text and account.reply_tokens == 40 and account.plain == ""
    assert small.card().dtype == f"{quantise} and {dtype}" and whole.card().dtype == dtype


@pytest.mark.parametrize("quantise", FORMATS)
def test_guesses_and_what_was_read_before_change_nothing(folder: Path, quantise: Quantise, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whether guessing pays here is not the question, so it goes on.
    monkeypatch.setattr(Pace, "draft_pays", lambda *_: True)
    monkeypatch.setattr(Pace, "enough", lambda *_: False)
    guessed = stood = 0
    kept = engine(folder, quantise, draft=folder)
    talk: list[tuple[str, str]] = []
    for message in ("Hello there.", "How are you today?", "It is Friday."):
        order = replace(request(said(*talk, message=message), max_tokens=30), cache_key="one")
        text, account = written(kept.write(order))
        assert text == greedy(kept.load(), order, 30)
        assert not talk or account.reused_tokens > 10
        guessed, stood = guessed + sum(account.drafted.values()), stood + sum(account.accepted.values())
        talk.append((message, text))
    assert guessed > stood > 0


def greedy(model: LoadedModel, order: GenerationRequest, most: int) -> str:
    """What transformers' own decoding writes with the same network."""
    ids, _ = model.template.encode(order.prompt)
    never = [i for i in model.template.integrity.tokens if i not in model.end_ids]
    out = model.network.generate(
        torch.tensor([ids]), do_sample=False, max_new_tokens=most, eos_token_id=list(model.end_ids), suppress_tokens=never
    )
    text: str = model.template.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)
    return text.replace("\ufffd", "").strip()


@pytest.mark.parametrize("quantise", FORMATS)
def test_states_on_disk_are_not_shared_between_formats(folder: Path, tmp_path: Path, quantise: Quantise) -> None:
    persona = "You are Ada. " + "The cat sat on the mat. " * 20
    prompt = replace(said(message="Hello."), messages=(PromptMessage("system", persona), PromptMessage("user", "Hello.")), persona=persona)
    order = replace(asked(), prompt=prompt)

    def reused(quantise: Quantise) -> int:
        one = engine(folder, quantise, states=tmp_path / "states")
        account = written(one.write(order))[1]
        one.settle(order)
        return account.reused_tokens

    assert reused("none") == 0 == reused(quantise)
    assert reused("none") == reused(quantise) > 50
    assert len(list((tmp_path / "states").iterdir())) == 4


def test_an_adapter_is_worn_over_int8_layers(folder: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    save_adapter(tmp_path / "poet", 3, network=AutoModelForCausalLM.from_pretrained(folder))
    one, order = engine(folder, "int8", draft=folder, adapters=tmp_path), replace(asked(), adapter="poet")
    bare = written(one.write(asked()))[0]
    worn = written(one.write(order))[0]
    assert worn == greedy(one.load(), order, 40) != bare
    assert written(one.write(asked()))[0] == bare


@pytest.mark.skipif(not has_bitsandbytes, reason="bitsandbytes is not installed")
def test_an_adapter_over_4_bit_layers_on_a_processor_is_refused_and_leaves_no_trace(folder: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    save_adapter(tmp_path / "poet", 3, network=AutoModelForCausalLM.from_pretrained(folder))
    one = engine(folder, "int4", adapters=tmp_path)
    bare = written(one.write(asked()))[0]
    with pytest.raises(ModelError, match="cannot wear an adapter over 4-bit weights") as caught:
        list(one.write(replace(asked(), adapter="poet")))
    assert "int8" in caught.value.hint
    assert written(one.write(asked()))[0] == bare


def test_without_bitsandbytes_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(ModelError, match="needs bitsandbytes") as caught:
        engine(folder, "int4").load()
    assert "pip install" in caught.value.hint and "COMPANION_QUANTISE" in caught.value.hint


@pytest.mark.skipif(not has_bitsandbytes, reason="bitsandbytes is not installed")
def test_layers_that_do_not_divide_into_blocks_are_refused(tmp_path: Path) -> None:
    uneven = save_checkpoint(tmp_path / "uneven", starter_like(), intermediate=96)
    with pytest.raises(ModelError, match="blocks of 4-bit weights") as caught:
        engine(uneven, "int4").load()
    assert "int8" in caught.value.hint
    assert written(engine(uneven, "int8").write(asked()))[0]


def test_a_checkpoint_that_is_incomplete_is_refused_all_the_same(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    broken.mkdir()
    for path in folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    kept = {name: state for name, state in load_file(folder / "model.safetensors").items() if "layers.1.mlp" not in name}
    save_file(kept, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="of its weights are missing"):
        engine(broken, "int8").load()
