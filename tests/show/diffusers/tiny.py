"""Tiny random checkpoints in the file formats that real ones come in, so that loading is the real thing and painting takes milliseconds.

Every builder is seeded: the same call writes the same weights. Shapes follow the families: SD 1.5 has one CLIP text encoder and 4 latent
channels, SDXL two of them and size embeddings, FLUX.2-klein a Qwen3 and a transformer over packed latents. Pictures are multiples of 16
pixels; 32 is enough.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel

WORDS = "<|startoftext|> <|endoftext|> <|im_start|> <|im_end|> user assistant".split()
CROSS = 32  # width of what the text encoder says (SD 1.5)
CROSS_XL = 48  # both text encoders of SDXL side by side
SEEN = 24  # width of the image encoder's embedding
FACE = 16  # width of a face recogniser's embedding, as FaceID adapters take it


@contextmanager
def dice(seed: int) -> Iterator[None]:
    """Random numbers from `seed`; those of the caller go on as if nothing had happened."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def _vocabulary() -> dict[str, int]:
    letters = sorted(ByteLevel.alphabet())
    return {token: at for at, token in enumerate([*WORDS, *letters, *(letter + "</w>" for letter in letters)])}


def _clip_tokenizer() -> Any:
    return transformers.CLIPTokenizer(vocab=_vocabulary(), merges=[], model_max_length=77)


def _clip_text(width: int, projected: bool = False) -> Any:
    config = transformers.CLIPTextConfig(
        vocab_size=len(_vocabulary()), hidden_size=width, intermediate_size=width, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=width, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    return (transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel)(config)


def _vae() -> diffusers.AutoencoderKL:
    return diffusers.AutoencoderKL(
        block_out_channels=(4, 4, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1, latent_channels=4, norm_num_groups=2, sample_size=64,
    )  # fmt: skip


def _unet_sizes(cross: int) -> dict[str, Any]:
    return {
        "block_out_channels": (8, 16),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "attention_head_dim": 4,
        "cross_attention_dim": cross,
    }


_DOWN = {"down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D")}
_UP = {"up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D")}
_DOWN_XL = {"down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D")}
_UP_XL = {"up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D")}
_XL = {"addition_embed_type": "text_time", "addition_time_embed_dim": 4, "projection_class_embeddings_input_dim": 6 * 4 + CROSS_XL // 2}


def _ddim() -> diffusers.DDIMScheduler:
    return diffusers.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1,
        timestep_spacing="trailing",  # one step begins at pure noise, so that whatever guides it shows
    )  # fmt: skip


def sd15(folder: Path, seed: int = 0) -> Path:
    """A `StableDiffusionPipeline` in a folder, as diffusers saves it."""
    with dice(seed):
        pipe = diffusers.StableDiffusionPipeline(
            vae=_vae(), text_encoder=_clip_text(CROSS), tokenizer=_clip_tokenizer(), scheduler=_ddim(), safety_checker=None,
            unet=diffusers.UNet2DConditionModel(sample_size=8, **_DOWN, **_UP, **_unet_sizes(CROSS)),
            feature_extractor=None, requires_safety_checker=False,
        )  # fmt: skip
    pipe.save_pretrained(folder, safe_serialization=True)
    return folder


def sdxl(folder: Path, seed: int = 0) -> Path:
    """A `StableDiffusionXLPipeline` in a folder, as diffusers saves it."""
    with dice(seed):
        pipe = diffusers.StableDiffusionXLPipeline(
            vae=_vae(), text_encoder=_clip_text(CROSS_XL // 2), text_encoder_2=_clip_text(CROSS_XL // 2, projected=True),
            tokenizer=_clip_tokenizer(), tokenizer_2=_clip_tokenizer(),
            unet=diffusers.UNet2DConditionModel(sample_size=8, **_DOWN_XL, **_UP_XL, **_XL, **_unet_sizes(CROSS_XL)),
            scheduler=diffusers.EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1),
            add_watermarker=False,
        )  # fmt: skip
    pipe.save_pretrained(folder, safe_serialization=True)
    return folder


def flux2_klein(folder: Path, seed: int = 0) -> Path:
    """A `Flux2KleinPipeline` (distilled) in a folder, as diffusers saves it."""
    tokenizer = transformers.Qwen2TokenizerFast(vocab=_vocabulary(), merges=[], model_max_length=512)
    tokenizer.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
    )
    thinks = transformers.Qwen3Config(
        vocab_size=len(_vocabulary()), hidden_size=8, intermediate_size=8, num_hidden_layers=28, num_attention_heads=2,
        num_key_value_heads=1, head_dim=4, max_position_embeddings=512, bos_token_id=None, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    with dice(seed):
        pipe = diffusers.Flux2KleinPipeline(
            vae=diffusers.AutoencoderKLFlux2(block_out_channels=(4, 4, 8, 8), layers_per_block=1, latent_channels=4, norm_num_groups=2),
            text_encoder=transformers.Qwen3ForCausalLM(thinks), tokenizer=tokenizer,
            transformer=diffusers.Flux2Transformer2DModel(
                in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
                joint_attention_dim=3 * 8, timestep_guidance_channels=16, axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
            ),
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True), is_distilled=True,
        )  # fmt: skip
        for name, weight in pipe.transformer.named_parameters():  # spread wide enough for one step to show what it looked at
            if weight.ndim > 1 and "transformer_blocks" in name:
                torch.nn.init.normal_(weight, std=0.5)
    pipe.save_pretrained(folder, safe_serialization=True)
    return folder


BUILDERS = {"sd15": sd15, "sdxl": sdxl, "flux2-klein": flux2_klein}


def controlnet(folder: Path, family: str = "sd15", seed: int = 0) -> Path:
    """A `ControlNetModel` that has learnt something: the convolutions that begin at zero are not."""
    shape = {**_DOWN, **_unet_sizes(CROSS)} if family == "sd15" else {**_DOWN_XL, **_XL, **_unet_sizes(CROSS_XL)}
    with dice(seed):
        model = diffusers.ControlNetModel(conditioning_embedding_out_channels=(4, 4, 8, 8), **shape)
        for name, weight in model.named_parameters():
            if name.startswith(("controlnet_down_blocks", "controlnet_mid_block", "controlnet_cond_embedding")):
                torch.nn.init.normal_(weight, std=0.5)
    model.save_pretrained(folder, safe_serialization=True)
    return folder


def image_encoder(folder: Path, seed: int = 0) -> Path:
    """A `CLIPVisionModelWithProjection`, as IP-Adapter repositories hold one."""
    config = transformers.CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, projection_dim=SEEN, num_hidden_layers=3, num_attention_heads=2, image_size=32, patch_size=8
    )
    with dice(seed):
        model = transformers.CLIPVisionModelWithProjection(config)
        for name, weight in model.named_parameters():  # CLIP's own spread is too narrow for so small a net: it would see no difference
            if weight.ndim > 1:
                torch.nn.init.normal_(weight, std=0.02 if "position" in name else 0.5)
            elif "class_embedding" in name:
                torch.nn.init.zeros_(weight)
    model.save_pretrained(folder, safe_serialization=True)
    return folder


def ip_adapter(folder: Path, family: str = "sd15", kind: str = "plain", seed: int = 0) -> Path:
    """An IP-Adapter's repository: `models/ip-adapter_sd15.safetensors` (or `sdxl_models/…`) with `image_encoder/` beside it.

    Args:
        kind: "plain" reads the embedding of the whole picture, "plus" that of every patch, "faceid" that of a face recogniser, with LoRAs.

    Returns:
        The file with the weights.
    """
    cross = CROSS if family == "sd15" else CROSS_XL
    shelf = folder / ("models" if family == "sd15" else "sdxl_models")
    with dice(seed):
        weights = {f"image_proj.{name}": weight for name, weight in _projection(kind, cross).items()}
        for at, (hidden, queries, looks) in enumerate(_attentions(family)):
            if looks == "cross":
                for part in ("to_k_ip", "to_v_ip"):
                    weights[f"ip_adapter.{at}.{part}.weight"] = torch.randn(hidden, cross) * 0.5
            if kind == "faceid":
                inputs = {"to_q": queries, "to_k": cross if looks == "cross" else queries, "to_out": hidden}
                inputs["to_v"] = inputs["to_k"]
                for part, width in inputs.items():
                    weights[f"ip_adapter.{at}.{part}_lora.down.weight"] = torch.randn(2, width) * 0.5
                    weights[f"ip_adapter.{at}.{part}_lora.up.weight"] = torch.randn(hidden, 2) * 0.5
    shelf.mkdir(parents=True, exist_ok=True)
    name = {"plain": "ip-adapter", "plus": "ip-adapter-plus", "faceid": "ip-adapter-faceid"}[kind]
    file = shelf / f"{name}_{family}.safetensors"
    save_file({key: weight.contiguous() for key, weight in weights.items()}, file)
    if kind != "faceid" and not (shelf / "image_encoder").exists():
        image_encoder(shelf / "image_encoder", seed)
    return file


def _attentions(family: str) -> list[tuple[int, int, str]]:
    """Hidden size, width of queries and kind ("self", "cross") of a UNet's attentions, in its own order."""
    sizes = [8, 16] if family == "sd15" else [16, 16]
    blocks = [sizes[0], sizes[0], sizes[0], 16] if family == "sd15" else [16, 16, 16, 16]  # down, up (two layers), mid
    return [(size, size, looks) for size in blocks for looks in ("self", "cross")]


def _projection(kind: str, cross: int) -> dict[str, torch.Tensor]:
    if kind == "plain":
        sizes = {"proj.weight": (4 * cross, SEEN), "proj.bias": (4 * cross,), "norm.weight": (cross,), "norm.bias": (cross,)}
    elif kind == "faceid":
        sizes = {
            "proj.0.weight": (2 * FACE, FACE), "proj.0.bias": (2 * FACE,),
            "proj.2.weight": (4 * cross, 2 * FACE), "proj.2.bias": (4 * cross,), "norm.weight": (cross,), "norm.bias": (cross,),
        }  # fmt: skip
    else:
        wide = 64  # of one attention head of the resampler
        sizes = {
            "latents": (1, 4, wide), "proj_in.weight": (wide, 16), "proj_in.bias": (wide,),
            "proj_out.weight": (cross, wide), "proj_out.bias": (cross,), "norm_out.weight": (cross,), "norm_out.bias": (cross,),
        }  # fmt: skip
        for at in (f"layers.{layer}" for layer in range(4)):
            sizes |= {f"{at}.{name}": (wide,) for name in ("0.norm1.weight", "0.norm1.bias", "0.norm2.weight", "0.norm2.bias")}
            sizes |= {f"{at}.0.to_q.weight": (wide, wide), f"{at}.0.to_kv.weight": (2 * wide, wide), f"{at}.0.to_out.weight": (wide, wide)}
            sizes |= {f"{at}.1.0.weight": (wide,), f"{at}.1.0.bias": (wide,)}
            sizes |= {f"{at}.1.1.weight": (4 * wide, wide), f"{at}.1.3.weight": (wide, 4 * wide)}
    return {name: torch.randn(size) * 0.3 + ("norm" in name and name.endswith("weight")) for name, size in sizes.items()}


def lora(file: Path, pipeline: Path, layout: str = "diffusers", seed: int = 0, rank: int = 2, strength: float = 1.0) -> Path:
    """A LoRA over the attentions of the pipeline in a folder.

    Args:
        layout: "diffusers" is what `save_lora_weights` writes; "kohya" what most trainers outside of diffusers write (not for FLUX.2).
    """
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    index = json.loads((pipeline / "model_index.json").read_text("utf-8"))
    family = getattr(diffusers, index["_class_name"])
    part = "transformer" if "transformer" in index else "unet"
    net = getattr(diffusers, index[part][1]).from_pretrained(pipeline / part)
    with dice(seed):
        net.add_adapter(LoraConfig(r=rank, lora_alpha=rank, target_modules=["to_q", "to_k", "to_v", "to_out.0"], init_lora_weights=False))
        weights = {key: torch.randn_like(weight) * 1.5 * strength for key, weight in get_peft_model_state_dict(net).items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    if layout == "kohya":
        save_file(_kohya(weights, rank), file)
    else:
        family.save_lora_weights(file.parent, **{f"{part}_lora_layers": weights}, weight_name=file.name, safe_serialization=True)
    return file


def _kohya(weights: dict[str, torch.Tensor], rank: int) -> dict[str, torch.Tensor]:
    named = {}
    for key, weight in weights.items():
        layer, end = key.rsplit(".lora_", 1)
        name = "lora_unet_" + layer.replace(".", "_")
        named[f"{name}.lora_{'down' if end.startswith('A') else 'up'}.weight"] = weight.contiguous()
        named[f"{name}.alpha"] = torch.tensor(float(rank))
    return named


def portrait(seed: int, side_px: int = 48) -> bytes:
    """A reference: a PNG of coloured blocks."""
    import io

    from PIL import Image

    with dice(seed):
        blocks = torch.randint(0, 256, (4, 4, 3), dtype=torch.uint8).numpy()
    held = io.BytesIO()
    Image.fromarray(blocks).resize((side_px, side_px), Image.Resampling.NEAREST).save(held, "PNG")
    return held.getvalue()


def opened(folder: Path) -> Any:
    """The pipeline in a folder, silent."""
    pipe = diffusers.DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def painted(pipe: Any, seed: int = 0, side_px: int = 32, **arguments: Any) -> Any:
    """A picture as float32 (side, side, 3) in [0, 1]: one step, so that two are the same to the bit or different in what guided them."""
    noise = torch.Generator("cpu").manual_seed(seed)
    arguments = {"prompt": "a woman", "num_inference_steps": 1, "guidance_scale": 5.0, "output_type": "np", **arguments}
    return pipe(height=side_px, width=side_px, generator=noise, **arguments).images[0]


def difference(one: Any, other: Any) -> float:
    """The mean difference of two pictures, in [0, 1]."""
    return float(abs(one - other).mean())
