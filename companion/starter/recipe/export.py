"""Writes the pair as ordinary transformers checkpoints: bfloat16 safetensors, tokenizer, generation defaults."""

from pathlib import Path

from transformers import GenerationConfig, LlamaForCausalLM, PreTrainedTokenizerFast

DRAFTED_TOKENS = 5


def export(target: LlamaForCausalLM, draft: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Saves `folder/target` and `folder/draft`, each complete in itself."""
    for name, model in (("target", target), ("draft", draft)):
        model.config._attn_implementation = "sdpa"  # the training attention is not part of the checkpoint
        ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
        model.generation_config = GenerationConfig(**ends, num_assistant_tokens=DRAFTED_TOKENS, num_assistant_tokens_schedule="constant")
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
