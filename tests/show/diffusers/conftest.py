"""One set of tiny checkpoints for all tests of image models: they are read, never written."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.show.diffusers import tiny


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Nets this small are slower on several threads, and much slower where those are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Folders and files of tiny checkpoints; each is built when it is first asked for.

    `pipeline(family)`, `controlnet(family, seed)`, `ip_adapter(family, kind)`, `lora(family, seed, layout)`.
    """
    home = tmp_path_factory.mktemp("checkpoints")
    made: dict[tuple[object, ...], Path] = {}

    def once(*key: object) -> Path:
        if key not in made:
            made[key] = _build(home, *key)
        return made[key]

    return SimpleNamespace(
        home=home,
        pipeline=lambda family="sd15": once("pipeline", family),
        controlnet=lambda family="sd15", seed=0: once("controlnet", family, seed),
        ip_adapter=lambda family="sd15", kind="plain": once("ip_adapter", family, kind),
        lora=lambda family="sd15", seed=0, layout="diffusers": once("lora", family, seed, layout),
    )


def _build(home: Path, what: object, family: str, *how: object) -> Path:
    if what == "pipeline":
        return tiny.BUILDERS[family](home / family)
    if what == "controlnet":
        return tiny.controlnet(home / f"controlnet-{family}-{how[0]}", family, seed=int(str(how[0])))
    if what == "ip_adapter":
        return tiny.ip_adapter(home / "ip-adapter", family, kind=str(how[0]))
    pipeline = home / family if (home / family).exists() else tiny.BUILDERS[family](home / family)
    return tiny.lora(home / "loras" / f"{family}-{how[0]}-{how[1]}.safetensors", pipeline, layout=str(how[1]), seed=int(str(how[0])))
