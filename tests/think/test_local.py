import gc
import json
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import ModelError
from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage, Written
from tests.think.checkpoints import TOKENIZERS, byte_tokenizer, save_checkpoint, starter_like

TALK = (PromptMessage("system", "You are Ada."), PromptMessage("user", "Hello there, how are you today?"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", starter_like())


@pytest.fixture(scope="module")
def engine(folder: Path) -> LocalEngine:
    return LocalEngine(folder, device="cpu", dtype="float32")


def request(prompt: Prompt | None = None, **constraints: object) -> GenerationRequest:
    defaults: dict[str, object] = {"temperature": 0.0, "repetition_penalty": 1.0, "max_tokens": 24}
    return GenerationRequest(prompt or Prompt(TALK), Constraints(**{**defaults, **constraints}))  # type: ignore[arg-type]


def written(events: Iterator[Piece | Written]) -> tuple[str, Written]:
    *pieces, last = events
    assert isinstance(last, Written)
    assert all(isinstance(piece, Piece) and piece.text for piece in pieces)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), last


def greedy_text(folder: Path, max_tokens: int) -> str:
    """What transformers writes by itself, decoded at once."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    messages = [{"role": message.role, "content": message.content} for message in TALK]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = torch.tensor([tokenizer.encode(prompt, add_special_tokens=False)])
    control = set(tokenizer.all_special_ids)
    ends = control - set(tokenizer.convert_tokens_to_ids(["<|pad|>", "<|reserved_0|>"]))
    out = model.generate(ids, do_sample=False, max_new_tokens=max_tokens, eos_token_id=list(ends), suppress_tokens=list(control - ends))
    return str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)).replace("\ufffd", "").strip()


def test_the_pieces_are_what_the_model_writes(engine: LocalEngine, folder: Path) -> None:
    text, account = written(engine.write(request(max_tokens=60)))
    assert text == greedy_text(folder, 60)
    assert account.prompt_tokens > 10 and 0 < account.reply_tokens <= 60
    assert account.prefill_ms > 0 and account.decode_ms > 0


def test_the_card_names_what_runs(engine: LocalEngine) -> None:
    engine.load()
    card = engine.card()
    assert (card.name, card.device, card.dtype, card.context_tokens) == ("tiny", "cpu", "float32", 2048)


def test_counting_needs_no_weights(folder: Path) -> None:
    fresh = LocalEngine(folder)
    assert fresh.count_tokens("Hello there") > 0
    assert fresh._serving is None


def test_the_budget_ends_a_reply(engine: LocalEngine) -> None:
    _, account = written(engine.write(request(max_tokens=5)))
    assert (account.reason, account.reply_tokens) == ("length", 5)


def test_a_seed_repeats_a_reply_and_another_does_not(engine: LocalEngine) -> None:
    one, again, other = (written(engine.write(request(temperature=1.2, seed=seed)))[0] for seed in (1, 1, 2))
    assert one == again != other


def test_a_reply_goes_on_from_its_beginning(engine: LocalEngine) -> None:
    prompt = Prompt(TALK, prefix="I am well, ")
    text, account = written(engine.write(request(prompt, max_tokens=8)))
    assert text and not text.startswith(" ")
    assert account.prompt_tokens > written(engine.write(request(max_tokens=1)))[1].prompt_tokens


def test_a_stop_string_is_not_shown(engine: LocalEngine) -> None:
    whole, _ = written(engine.write(request(max_tokens=40)))
    stop = whole[len(whole) // 2 : len(whole) // 2 + 3]
    text, account = written(engine.write(request(max_tokens=40, stop=(stop,))))
    assert text == whole[: whole.index(stop)].rstrip()
    assert account.reason == "end"


def test_stop_takes_one_step(engine: LocalEngine) -> None:
    order = request(max_tokens=2000)
    pieces = engine.write(order)
    next(pieces)
    model = engine.load().network
    steps: list[int] = []
    hook = model.register_forward_pre_hook(lambda *_: steps.append(order.cancel.is_set()))
    order.cancel.set()
    *_, last = pieces
    hook.remove()
    assert isinstance(last, Written) and last.reason == "stopped"
    assert sum(steps) <= 1
    assert last.reply_tokens < 2000


def test_leaving_early_frees_the_model(engine: LocalEngine) -> None:
    pieces = engine.write(request(max_tokens=2000))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert written(engine.write(request(max_tokens=3)))[1].reply_tokens == 3
    assert not [thread for thread in threading.enumerate() if thread.name == "companion-reply"]


def test_a_turn_cancelled_before_it_began_writes_nothing(engine: LocalEngine) -> None:
    order = request()
    order.cancel.set()
    assert list(engine.write(order)) == [Written("stopped", 0, 0, 0, 0.0, 0.0)]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_no_structure_is_ever_shown(name: str, tmp_path: Path) -> None:
    tokenizer = TOKENIZERS[name]()
    engine = LocalEngine(save_checkpoint(tmp_path / name, tokenizer), device="cpu", dtype="float32")
    model = engine.load()
    for seed in range(3):
        text, _ = written(engine.write(request(temperature=2.0, top_p=1.0, min_p=0.0, seed=seed, max_tokens=60)))
        assert "\ufffd" not in text
        for token in (*model.template.integrity.tokens.values(), *model.template.integrity.marks):
            assert token not in text


def test_a_conversation_longer_than_the_context_says_so(folder: Path) -> None:
    short = LocalEngine(folder, device="cpu", dtype="float32", context_tokens=16)
    with pytest.raises(ModelError, match="longer than tiny can read"):
        list(short.write(request()))


def test_bfloat16_where_the_processor_has_it(folder: Path) -> None:
    import torch

    engine = LocalEngine(folder, device="cpu")
    engine.load()
    able = torch.cpu.get_capabilities()
    expected = "bfloat16" if any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16")) else "float32"
    assert engine.card().dtype == expected
    assert written(engine.write(request(max_tokens=4)))[1].reply_tokens > 0


def copied(folder: Path, target: Path, **replaced: bytes | None) -> Path:
    target.mkdir()
    for path in folder.iterdir():
        content = replaced.get(path.name.replace(".", "_"), path.read_bytes())
        if content is not None:
            (target / path.name).write_bytes(content)
    return target


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model in"):
        LocalEngine(tmp_path / "nowhere").load()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model_safetensors", None, "incomplete: model.safetensors is missing"),
        ("model_safetensors", b"short", "damaged"),
        ("config_json", None, "no config.json"),
        ("config_json", b"{", "cannot be read"),
        ("tokenizer_json", None, "no tokenizer"),
        ("tokenizer_json", b"{", "tokenizer of broken cannot be opened"),
        ("chat_template_jinja", None, "no chat template"),
    ],
)
def test_a_broken_model_says_what_is_wrong(folder: Path, tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        LocalEngine(copied(folder, tmp_path / "broken", **{name: content})).load()
    assert caught.value.hint


def test_a_download_cut_short_says_so(folder: Path, tmp_path: Path) -> None:
    half = (folder / "model.safetensors").read_bytes()[:-1000]
    with pytest.raises(ModelError, match="incomplete or damaged"):
        LocalEngine(copied(folder, tmp_path / "broken", model_safetensors=half)).load()


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    sharded = save_checkpoint(tmp_path / "sharded", starter_like(), shard_size="200KB")
    shards = sorted(sharded.glob("model-*.safetensors"))
    assert len(shards) > 1
    shards[-1].unlink()
    with pytest.raises(ModelError, match=f"{shards[-1].name} is missing"):
        LocalEngine(sharded).load()


def test_weights_that_are_not_in_the_file_are_not_made_up(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save

    kept = {name: tensor for name, tensor in load_file(folder / "model.safetensors").items() if "layers.1" not in name}
    with pytest.raises(ModelError, match="of its weights are missing"):
        LocalEngine(copied(folder, tmp_path / "broken", model_safetensors=save(kept, {"format": "pt"}))).load()


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "architectures": ["Own"], "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    target = copied(folder, tmp_path / "coded", config_json=json.dumps(config).encode())
    (target / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(ModelError):
        LocalEngine(target).load()
    assert not (tmp_path / "ran").exists()


def test_a_bug_stays_loud(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.load().network, "forward", lambda *_, **__: {}["bug"])
    with pytest.raises(KeyError, match="bug"):
        list(engine.write(request()))


def test_running_out_of_memory_says_what_to_do(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(engine.load().network, "forward", full)
    with pytest.raises(ModelError, match="more memory") as caught:
        list(engine.write(request()))
    assert "smaller model" in caught.value.hint


def test_memory_is_given_back(folder: Path) -> None:
    engine = LocalEngine(folder, device="cpu", dtype="float32")
    engine.load()
    engine.unload()
    assert engine._serving is None
    assert written(engine.write(request(max_tokens=2)))[1].reply_tokens == 2


def test_unloading_waits_for_no_collector(folder: Path) -> None:
    engine = LocalEngine(folder, draft=folder, device="cpu", dtype="float32")
    written(engine.write(replace(request(), cache_key="talk")))
    network = weakref.ref(engine.load().network)
    gc.collect()
    gc.disable()
    try:
        engine.unload()
        assert network() is None
    finally:
        gc.enable()


def test_a_folder_without_a_template_is_no_conversation(tmp_path: Path) -> None:
    bare = save_checkpoint(tmp_path / "base", byte_tokenizer(("<eos>",), None, eos="<eos>"))
    with pytest.raises(ModelError, match="no chat template"):
        LocalEngine(bare).load()


def test_a_model_that_cannot_be_cut_writes_all_the_same_and_says_why(tmp_path: Path) -> None:
    windowed = save_checkpoint(tmp_path / "windowed", starter_like(), window=16)
    _, account = written(LocalEngine(windowed, device="cpu", dtype="float32").write(request(max_tokens=8)))
    assert account.reply_tokens and "cannot be cut" in account.plain and account.reused_tokens == 0


def test_a_draft_of_another_vocabulary_is_refused(folder: Path, tmp_path: Path) -> None:
    other = save_checkpoint(tmp_path / "other", byte_tokenizer(("<eos>", "<more>"), "{{ messages[0]['content'] }}", eos="<eos>"))
    with pytest.raises(ModelError, match="another vocabulary"):
        LocalEngine(folder, draft=other, device="cpu").load()
