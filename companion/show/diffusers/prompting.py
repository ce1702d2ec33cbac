"""Words longer than CLIP reads at once.

CLIP reads 75 tokens; a description of her with outfit, place and light is often longer, and the library cuts the rest off. Here the
words are read 75 tokens at a time, cut at a comma where one is near, and what was understood is laid end to end: cross-attention takes any
length (common practice since 2022; no paper). Words that fit go the library's own way.
"""

from typing import Any

from companion.show.diffusers.families import Family

NEAR = 20  # tokens from the end of a passage in which a comma is looked for


def words(pipe: Any, family: Family, prompt: str, negative: str, *, guided: bool) -> dict[str, Any]:
    """What a pipeline is called with for a prompt and a negative prompt.

    Args:
        guided: whether the negative prompt counts.
    """
    if not family.reads_clip:
        if guided and negative:
            return {"prompt": prompt, "negative_prompt_embeds": pipe.encode_prompt(prompt=negative)[0]}
        return {"prompt": prompt}
    plain = {"prompt": prompt, "negative_prompt": negative if guided and negative else None}
    counted = [(prompt, tokenizer) for tokenizer in _tokenizers(pipe)]
    counted += [(negative, tokenizer) for tokenizer in _tokenizers(pipe)] if guided else []
    if all(len(_tokens(tokenizer, text)) <= _room(tokenizer) for text, tokenizer in counted):
        return plain
    return _long(pipe, prompt, negative if guided else "", zeros=not negative and bool(pipe.config.get("force_zeros_for_empty_prompt")))


def passages(tokens: list[int], room: int, commas: frozenset[int]) -> list[list[int]]:
    """Tokens in passages of at most `room`, cut behind a comma where one is near the end; none is lost."""
    cut: list[list[int]] = []
    while len(tokens) > room:
        near = [at for at in range(room - min(NEAR, room), room) if tokens[at] in commas]
        end = near[-1] + 1 if near else room
        cut.append(tokens[:end])
        tokens = tokens[end:]
    return [*cut, tokens]


def _long(pipe: Any, prompt: str, negative: str, *, zeros: bool) -> dict[str, Any]:
    import torch

    tokenizers = _tokenizers(pipe)
    cut = [[_passages(tokenizer, text) for tokenizer in tokenizers] for text in (prompt, negative)]
    count = max(len(one) for text in cut for one in text)
    with torch.no_grad():
        (positive, pooled), (against, against_pooled) = (_read(pipe, text, count) for text in cut)
    if zeros:
        against = torch.zeros_like(against)
        against_pooled = None if against_pooled is None else torch.zeros_like(against_pooled)
    told = {"prompt_embeds": positive, "negative_prompt_embeds": against}
    if pooled is not None:
        told |= {"pooled_prompt_embeds": pooled, "negative_pooled_prompt_embeds": against_pooled}
    return told


def _read(pipe: Any, cut: list[list[list[int]]], count: int) -> tuple[Any, Any]:
    """What the encoders make of a text: float (1, 77 × count, width) and, for SDXL, its summary (1, width) by the first passage."""
    import torch

    understood, pooled = [], None
    two = getattr(pipe, "text_encoder_2", None) is not None
    for tokenizer, encoder, texts in zip(_tokenizers(pipe), _encoders(pipe), cut, strict=True):
        ids = torch.tensor([_framed(tokenizer, one) for one in [*texts, *[[]] * (count - len(texts))]])
        read = encoder(ids.to(pipe._execution_device), output_hidden_states=True)
        states = read.hidden_states[-2] if two else read[0]
        if two and read[0].ndim == 2:
            pooled = read[0][:1]
        understood.append(states.reshape(1, -1, states.shape[-1]))
    return torch.cat(understood, dim=-1), pooled


def _framed(tokenizer: Any, tokens: list[int]) -> list[int]:
    end = tokenizer.eos_token_id
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else end
    return [tokenizer.bos_token_id, *tokens, end, *[pad] * (_room(tokenizer) - len(tokens))]


def _passages(tokenizer: Any, text: str) -> list[list[int]]:
    commas = frozenset(_tokens(tokenizer, ",")) - {tokenizer.unk_token_id}
    return passages(_tokens(tokenizer, text), _room(tokenizer), commas)


def _tokens(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids)


def _room(tokenizer: Any) -> int:
    return int(tokenizer.model_max_length) - 2


def _tokenizers(pipe: Any) -> list[Any]:
    return [one for one in (pipe.tokenizer, getattr(pipe, "tokenizer_2", None)) if one is not None]


def _encoders(pipe: Any) -> list[Any]:
    return [one for one in (pipe.text_encoder, getattr(pipe, "text_encoder_2", None)) if one is not None]
