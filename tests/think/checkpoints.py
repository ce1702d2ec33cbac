"""Tiny checkpoints in real file formats: random weights, tokenizers trained on a few lines."""

from pathlib import Path
from typing import Any

TEXT = (
    "You are Ada. Hello there, how are you today? I am well, thank you for asking.\n"
    "It is Friday evening, 20 November 2026. You last talked two days ago.\n"
    "The cat sat on the mat; naïve café owners paid 12 € — 3 times. 你好 🙂\n"
)
STARTER = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|> ' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] | trim + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}{% set system = '<<SYS>>\n' + messages[0]['content'] + '\n<</SYS>>\n\n' %}"
    "{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}"
    "{% for message in rest %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + (system if loop.first else '') + message['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + message['content'] + ' ' + eos_token }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else 'user') }}"
    "{{ '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
PLAIN = (
    "{% for message in messages %}{{ {'system': '', 'user': 'User: ', 'assistant': 'Assistant: '}[message['role']] }}"
    "{{ message['content'] + '\n\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def byte_tokenizer(
    special: tuple[str, ...],
    template: str | None,
    *,
    eos: str,
    bos: str | None = None,
    lower: bool = False,
    plain_added: tuple[str, ...] = (),
) -> Any:
    """A byte-level BPE tokenizer of about 330 entries."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    if lower:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    size = len(alphabet) + 60 + len(special)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([TEXT] * 4, trainer)
    if lower:
        tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=True) for token in special])
    if plain_added:
        tokenizer.add_tokens([AddedToken(token, special=False) for token in plain_added])
    named = {"eos_token": eos, **({"bos_token": bos} if bos else {})}
    extra = [token for token in special if token not in named.values()]
    named |= {"additional_special_tokens": extra}  # type: ignore[dict-item]
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False, **named)
    wrapped.chat_template = template
    return wrapped


def starter_like() -> Any:
    return byte_tokenizer(("<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|reserved_0|>"), STARTER, eos="<|end|>")


def chatml() -> Any:
    added = ("<think>", "</think>", "\n\n\n")
    return byte_tokenizer(("<|endoftext|>", "<|im_start|>", "<|im_end|>"), CHATML, eos="<|im_end|>", plain_added=added)


def llama_2() -> Any:
    return byte_tokenizer(("<unk>", "<s>", "</s>"), LLAMA_2, eos="</s>", bos="<s>")


def gemma() -> Any:
    return byte_tokenizer(("<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"), GEMMA, eos="<eos>", bos="<bos>")


def plain() -> Any:
    return byte_tokenizer(("<eos>",), PLAIN, eos="<eos>")


def lowercasing() -> Any:
    return byte_tokenizer(("<|end|>", "<|system|>", "<|user|>", "<|assistant|>"), STARTER, eos="<|end|>", lower=True)


TOKENIZERS = {"starter": starter_like, "chatml": chatml, "llama_2": llama_2, "gemma": gemma, "plain": plain, "lowercasing": lowercasing}


def save_checkpoint(
    folder: Path, tokenizer: Any, *, shard_size: str = "1GB", context_tokens: int = 2048, window: int = 0, intermediate: int = 96
) -> Path:
    """Writes a two-layer Llama with random weights that fits the tokenizer; with a `window`, a Mistral that looks no further back."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

    torch.manual_seed(7)
    kind, network = (MistralConfig, MistralForCausalLM) if window else (LlamaConfig, LlamaForCausalLM)
    config = kind(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=intermediate,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=context_tokens,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        **({"sliding_window": window, "num_key_value_heads": 4} if window else {}),
    )
    network(config).save_pretrained(folder, max_shard_size=shard_size)
    tokenizer.save_pretrained(folder)
    return folder
