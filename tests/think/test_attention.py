import copy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from transformers import LlamaForCausalLM, MistralConfig, MistralForCausalLM

from companion.think import attention
from companion.think.attention import NAME, grouped_attention, use_grouped_attention
from companion.think.kv_cache import CachedSequence
from companion.think.loading import load_model, open_template
from tests.think.checkpoints import save_checkpoint, starter_like
from tests.think.networks import VOCABULARY, tiny_llama

IDS = [int(i) for i in torch.randint(5, VOCABULARY, (40,), generator=torch.Generator().manual_seed(1))]


@pytest.fixture(autouse=True, params=[False, True], ids=["products", "tiles"])
def tiles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways on every processor; the fused kernel computes the same where it is the slower one."""
    monkeypatch.setattr(attention, "TILES", request.param)


def reference(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Attention as it is written in the books, in float32; (1, tokens, heads, width)."""
    times = query.shape[1] // key.shape[1]
    key, value = (states.float().repeat_interleave(times, dim=1) for states in (key, value))
    scores = query.float() @ key.transpose(2, 3) / query.shape[-1] ** 0.5 + mask.float()
    return (torch.softmax(scores, -1) @ value).transpose(1, 2)


@pytest.mark.parametrize(("heads", "groups"), [(4, 4), (6, 2), (8, 1)])
@pytest.mark.parametrize(("past", "tokens"), [(17, 1), (17, 5), (17, 30), (1200, 120)])
def test_it_is_attention(heads: int, groups: int, past: int, tokens: int) -> None:
    torch.manual_seed(tokens)
    width = 16
    room = torch.randn(1, groups, past + tokens + 9, width).bfloat16()  # a part of a larger buffer, as the cache gives it
    query, key = torch.randn(1, heads, tokens, width).bfloat16(), room[:, :, : past + tokens]
    mask = torch.zeros(1, 1, tokens, past + tokens, dtype=torch.bfloat16)
    mask[..., past:] = torch.full((tokens, tokens), torch.finfo(torch.bfloat16).min).triu(1)
    out, weights = grouped_attention(torch.nn.Module(), query, key, key, mask)
    assert weights is None
    assert torch.allclose(out.float(), reference(query, key, key, mask), atol=0.04)


def test_values_may_be_narrower_than_keys() -> None:
    query, key, value = (torch.randn(1, 4, 1, width).bfloat16() for width in (24, 24, 16))
    out, _ = grouped_attention(torch.nn.Module(), query, key, value, torch.zeros(1, 1, 1, 1, dtype=torch.bfloat16))
    assert torch.equal(out[0, 0], value[0, :, 0])


def test_threads_do_not_share_what_they_write_into() -> None:
    def once(seed: int) -> bool:
        drawn = torch.Generator().manual_seed(seed)
        query, key = (torch.randn(1, heads, count, 16, generator=drawn).bfloat16() for heads, count in ((6, 20), (2, 500)))
        mask = torch.zeros(1, 1, 20, 500, dtype=torch.bfloat16)
        found = [grouped_attention(torch.nn.Module(), query, key, key, mask)[0] for _ in range(20)]
        return all(torch.equal(one, found[0]) for one in found) and torch.allclose(
            found[0].float(), reference(query, key, key, mask), atol=0.04
        )

    with ThreadPoolExecutor(4) as many:
        assert all(many.map(once, range(16)))


GROWING = """
import companion, psutil, torch
from companion.think import attention
attention.TILES = False
held = psutil.Process().memory_info().rss
for length in range(200, 1400):
    query, key = torch.randn(6, 2, 32).bfloat16(), torch.randn(2, length, 32).bfloat16()
    attention.by_groups(query, key, key, None)
    torch.bmm(query[:2], key.transpose(1, 2))
print((psutil.Process().memory_info().rss - held) >> 20)
"""


def test_a_token_more_leaves_no_kernel_behind() -> None:
    done = subprocess.run([sys.executable, "-c", GROWING], capture_output=True, text=True, timeout=120, check=True)
    assert int(done.stdout) < 350  # MB; with the caches as PyTorch leaves them, twice that on a processor with bfloat16


def test_what_is_learnt_from_goes_to_the_fused_kernel() -> None:
    query, key = (torch.randn(1, heads, 4, 16, dtype=torch.bfloat16, requires_grad=True) for heads in (6, 2))
    module = torch.nn.Module()
    module.num_key_value_groups = 3  # type: ignore[assignment]
    out, _ = grouped_attention(module, query, key, key, torch.zeros(1, 1, 4, 4, dtype=torch.bfloat16))
    out.sum().backward()
    assert query.grad is not None


def test_several_rows_and_no_mask_are_left_to_the_fused_kernel() -> None:
    module = torch.nn.Module()
    query = torch.randn(2, 4, 3, 8).bfloat16()
    none = torch.zeros(2, 1, 3, 3, dtype=torch.bfloat16)
    assert torch.allclose(grouped_attention(module, query, query, query, none)[0].float(), reference(query, query, query, none), atol=0.04)
    one = query[:1]
    causal = torch.full((1, 1, 3, 3), torch.finfo(torch.bfloat16).min).triu(1)
    module.is_causal = True
    assert torch.allclose(grouped_attention(module, one, one, one, None)[0].float(), reference(one, one, one, causal), atol=0.04)


@pytest.mark.parametrize("windowed", [False, True])
def test_it_is_as_near_to_float32_as_the_fused_kernel(windowed: bool) -> None:
    if windowed:
        shape = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512}
        network = MistralForCausalLM(
            MistralConfig(vocab_size=64, hidden_size=32, intermediate_size=64, sliding_window=8, **shape)  # type: ignore[arg-type]
        )
    else:
        network = tiny_llama()
    network = network.to(torch.bfloat16).eval()
    ids = torch.tensor([IDS])
    with torch.no_grad():
        exact = copy.deepcopy(network).float()(ids, use_cache=False).logits
        fused = network(ids, use_cache=False).logits.float()
        assert use_grouped_attention(network) and network.config._attn_implementation == NAME
        plain = network(ids, use_cache=False).logits.float()
    assert float((plain - exact).abs().mean()) < 2 * float((fused - exact).abs().mean())


def test_reading_in_parts_gives_the_same_scores() -> None:
    network = tiny_llama().to(torch.bfloat16).eval()
    assert use_grouped_attention(network)
    whole, parts = CachedSequence(network), CachedSequence(network)
    wanted = whole.append(IDS)
    for token in IDS[:-7]:
        parts.append([token])
    scores = parts.append(IDS[-7:])
    assert wanted is not None and scores is not None
    assert float((wanted - scores).abs().mean()) < 0.05 * float(wanted.std())


def test_only_bfloat16_on_a_processor_is_switched_over(tmp_path: Path) -> None:
    network: LlamaForCausalLM = tiny_llama()
    assert not use_grouped_attention(network)
    save_checkpoint(tmp_path, starter_like())
    for dtype, wanted in (("bfloat16", NAME), ("float32", "sdpa")):
        model = load_model(str(tmp_path), "tiny", open_template(str(tmp_path), "tiny"), device="cpu", dtype=dtype)
        assert model.network.config._attn_implementation == wanted
