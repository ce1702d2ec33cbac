"""Opens a checkpoint with transformers: tokenizer first, weights when they are needed.

Only safetensors are opened and no code that comes with a model is run. What torch, safetensors and transformers raise
becomes a ModelError here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.errors import CompanionError, ModelError
from companion.opening import ONE_AT_A_TIME
from companion.think.checkpoint import AGAIN, check_checkpoint
from companion.think.quantisation import Quantise, check_layers, loading_options
from companion.think.template import ChatTemplate

SMALLER = "Close other programs, or choose a smaller model."
BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")  # what processors call it


@dataclass(frozen=True)
class LoadedModel:
    """Weights in memory.

    Attributes:
        network: the transformers model, in evaluation mode.
        template: its chat template.
        end_ids: tokens that end a reply.
        vocabulary: rows of its output.
        context_tokens: the longest sequence it was trained on; None if it does not say.
        dtype: what is computed in, and the format of what is not quantised.
        folder: where its files lie, if they lie on this machine.
        quantise: the format of its linear layers, if it is another.
    """

    network: Any
    template: ChatTemplate
    end_ids: frozenset[int]
    vocabulary: int
    context_tokens: int | None
    device: str
    dtype: str
    folder: Path | None = None
    quantise: Quantise = "none"

    @property
    def number_format(self) -> str:
        """What the numbers of its weights look like: "bfloat16", or "int8 and bfloat16"."""
        return self.dtype if self.quantise == "none" else f"{self.quantise} and {self.dtype}"

    @property
    def weights(self) -> int:
        """How many it has, whatever their format."""
        return sum(one.numel() for one in (*self.network.parameters(), *self.network.buffers()))


def local_folder(source: str) -> Path | None:
    """The folder a source names, checked; None when it is the id of a model on the hub.

    Raises:
        ModelError: it names a folder that is missing or holds no complete model.
    """
    path = Path(source).expanduser()
    if path.is_dir() or path.is_absolute() or source.startswith((".", "~")) or source.count("/") != 1:
        return check_checkpoint(path).folder
    return None


def open_template(source: str, name: str) -> ChatTemplate:
    """The tokenizer of a model and its chat template, without the weights.

    Raises:
        ModelError: it is missing, incomplete or has no chat template.
    """
    folder = local_folder(source)
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder or source, local_files_only=folder is not None, trust_remote_code=False)
    except Exception as error:  # the tokenizers library raises plain Exception for a damaged file
        raise ModelError(f"The tokenizer of {name} cannot be opened: {_first_line(error)}", hint=AGAIN) from error
    return ChatTemplate(tokenizer)


def load_model(source: str, name: str, template: ChatTemplate, *, device: str, dtype: str, quantise: Quantise = "none") -> LoadedModel:
    """Brings the weights into memory.

    Args:
        device, dtype: "auto" or a torch name.
        quantise: the format its linear layers are rounded to.

    Raises:
        ModelError: the weights are missing, incomplete, damaged or too large, or the format cannot be had.
    """
    folder = local_folder(source)
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig

    from companion.think.attention import use_grouped_attention

    device = best_device() if device == "auto" else device
    dtype = best_dtype(device) if dtype == "auto" else dtype
    options = loading_options(quantise, name, device, dtype)
    try:
        with ONE_AT_A_TIME, translated(name, "could not be loaded"):
            network, report = AutoModelForCausalLM.from_pretrained(
                folder or source,
                dtype=getattr(torch, dtype),
                local_files_only=folder is not None,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
                **options,
            )
            network = (network if options else network.to(device)).eval()  # with options it is loaded where it belongs
    except (OSError, ImportError, ValueError, KeyError, AssertionError) as error:
        hint = "Choose another model, or check COMPANION_DEVICE, COMPANION_DTYPE and COMPANION_QUANTISE."
        raise ModelError(f"{name} could not be loaded: {_first_line(error)}", hint=hint) from error
    if report["missing_keys"]:  # transformers would fill them with noise
        raise ModelError(f"{name} is incomplete: {len(report['missing_keys'])} of its weights are missing.", hint=AGAIN)
    check_layers(network, quantise, name)
    use_grouped_attention(network)
    ends = network.generation_config.eos_token_id or []
    network.generation_config = GenerationConfig()  # a model's own sampling habits would override the persona's
    shape = network.config.get_text_config()
    return LoadedModel(
        network=network,
        template=template,
        end_ids=template.end_ids | frozenset([ends] if isinstance(ends, int) else ends),
        vocabulary=shape.vocab_size,
        context_tokens=getattr(shape, "max_position_embeddings", None),
        device=device,
        dtype=dtype,
        folder=folder,
        quantise=quantise,
    )


def best_device() -> str:
    """CUDA, else MPS, else the CPU."""
    import torch

    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"


def best_dtype(device: str) -> str:
    """bfloat16 where the hardware computes in it; else float16 on an accelerator, float32 on a CPU."""
    import torch

    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    if device == "mps":
        return "float16"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if any(able.get(name) for name in BFLOAT16) else "float32"


@contextmanager
def translated(name: str, what: str) -> Iterator[None]:
    """Turns what can go wrong with a sound program (memory, weights, the device) into a ModelError; bugs stay as they are."""
    import torch
    from safetensors import SafetensorError

    try:
        yield
    except CompanionError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(f"{name} {what}: it needs more memory than there is.", hint=SMALLER) from error
    except SafetensorError as error:
        raise ModelError(f"{name} {what}: its weights are damaged.", hint=AGAIN) from error
    except RuntimeError as error:
        if "memory" in str(error).lower():
            raise ModelError(f"{name} {what}: it needs more memory than there is.", hint=SMALLER) from error
        raise ModelError(f"{name} {what}: {_first_line(error)}", hint="Try again; if it happens again, choose another model.") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
