"""Every setting, with its unit, range and default. Environment: COMPANION_<NAME>."""

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from companion.errors import SettingsError


class Settings(BaseSettings):
    """Read once at start and passed down; nothing else reads the environment."""

    model_config = SettingsConfigDict(env_prefix="COMPANION_", extra="ignore", frozen=True, str_strip_whitespace=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("companion", appauthor=False), description="folder of everything that is kept"
    )
    host: str = Field(default="127.0.0.1", description="address the page listens on")
    port: int = Field(default=7860, ge=1, le=65535, description="port of the page")
    persona: str = Field(default="mara", description="id of the persona who opens first in an empty home, if she is there")
    model: str = Field(
        default="", description="the model that writes: 'starter', a hub id or a folder; empty follows the persona or the app"
    )
    remote_url: str = Field(
        default="", description="an OpenAI-compatible server that writes for everyone; what you write goes there; empty uses none"
    )
    remote_model: str = Field(default="", description="name of the model on that server, as the server lists it")
    remote_key: SecretStr = Field(default=SecretStr(""), description="key for that server, sent there only; empty when it wants none")
    remote_timeout_s: float = Field(default=120, ge=5, le=3600, description="most seconds that server may stay silent")
    stuck_s: float = Field(
        default=300, ge=10, le=86400, description="most seconds a model on this machine may get nowhere before its reply is given up"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", description="where the model runs")
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(default="auto", description="number format of the weights")
    quantise: Literal["auto", "none", "int8", "int4"] = Field(
        default="auto", description="format of a model's linear layers; auto takes what the table of models names for this machine"
    )
    context_tokens: int = Field(default=4096, ge=512, le=131072, description="most tokens a prompt and its reply may take")
    reply_tokens: int = Field(default=320, ge=8, le=4096, description="most tokens a reply may take")
    cache_mb: int = Field(default=1024, ge=0, le=262144, description="memory for what was read in earlier turns, in megabytes")
    states_mb: int = Field(
        default=512, ge=0, le=65536, description="disk for what was read, personas and talks, in megabytes; 0 keeps nothing"
    )
    adapters_mb: int = Field(default=1024, ge=1, le=262144, description="memory for the adapters of personas, in megabytes")
    buffer_turns: int = Field(default=20, ge=10, le=40, description="turns kept word for word; ten leave at once when it is full")
    extractor: Literal["auto", "rules"] = Field(
        default="auto",
        description="who reads what you say for facts: rules alone, or in idle time also the model that writes, if it is capable (auto)",
    )
    embedder: str = Field(
        default="", description="sentence-transformers model for memory: a hub id or a folder; empty takes the one that comes along"
    )
    emotion_reader: str = Field(
        default="",
        description="a text-classification model that reads feelings: a hub id or a folder; empty takes the one that comes along",
    )
    drift_turns: int = Field(
        default=50,
        ge=0,
        le=10_000,
        description="turns of a conversation after which she is asked, on the side, whether she is still herself; 0 never",
    )
    chroma_url: str = Field(
        default="", description="a Chroma server that keeps the vectors, such as http://127.0.0.1:8000; empty keeps them at home"
    )
    message_chars: int = Field(default=8000, ge=100, le=100000, description="most characters of one message")
    save_ms: int = Field(default=500, ge=50, le=1000, description="how often a streaming reply is written to disk, in milliseconds")
    country: str = Field(default="", max_length=2, description="two-letter country for help lines; empty takes the locale's")
    pictures: Literal["on", "off"] = Field(default="on", description="whether she shows pictures of herself in a conversation")
    painter: str = Field(
        default="sketch",
        description="who paints: 'sketch', a preset like 'sdxl', a hub id or folder, 'server', 'hub:' and an id; a persona may name hers",
    )
    pictures_url: str = Field(
        default="", description="an OpenAI-compatible server that paints for 'server'; how she looks and what is asked for goes there"
    )
    pictures_model: str = Field(default="", description="name of the model on that server, as the server lists it")
    pictures_key: SecretStr = Field(
        default=SecretStr(""), description="key for that server, or for the hub where a painter is named by 'hub:'; sent there only"
    )
    picture_encoder: str = Field(
        default="h94/IP-Adapter/models/image_encoder",
        description="CLIP image encoder that tells whether a painted picture is her: a hub id with a subfolder, or a folder",
    )
    pictures_mb: int = Field(default=2048, ge=16, le=1_048_576, description="disk for pictures, in megabytes; ready ones go first")
    picture_tries: int = Field(default=3, ge=1, le=16, description="most pictures painted until one is really her")
    template_distance: float = Field(
        default=0.11, ge=0, le=1, description="how far a ready picture may be from the one that is called for, to be shown instead"
    )


def check_agreement(settings: Settings) -> None:
    """Sees that the settings do not contradict each other.

    Raises:
        SettingsError: two name different models that write, or a server is named without its model.
    """
    if settings.remote_url and settings.model:
        message = f"COMPANION_MODEL says that {settings.model} writes, and COMPANION_REMOTE_URL that a server does."
        raise SettingsError(message, hint="Unset one of them and start again.")
    if settings.remote_url and not settings.remote_model.strip():
        message = "COMPANION_REMOTE_URL names a server, and COMPANION_REMOTE_MODEL none of its models."
        raise SettingsError(message, hint="Set COMPANION_REMOTE_MODEL to a name that the server lists, and start again.")


def load_settings() -> Settings:
    """Reads the environment.

    Raises:
        SettingsError: a value is not valid; the message names the variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "COMPANION_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name} is not valid: {first['msg'].lower()}.", hint=f"Change or unset {name} and start again.") from error
