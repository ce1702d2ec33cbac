"""One set of tiny checkpoints for all tests of image models, which are read and never written, and painters over them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from companion.show.diffusers.painter import DiffusersPainter
from companion.show.diffusers.presets import Preset, Presets
from tests.show.diffusers import tiny
from tests.show.diffusers.painting import SIDES, STEPS, Make


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


@pytest.fixture
def make(checkpoints: SimpleNamespace, tmp_path: Path) -> Make:
    """A painter over a tiny checkpoint of a family."""

    def painter(family: str = "sd15", *, presets: Presets | None = None, upscaler: Any = "lanczos", **changes: Any) -> DiffusersPainter:
        scheduler = "own" if family == "flux2-klein" else "euler-a"  # the ancestral one rolls dice in every step
        rows = {
            "name": "tiny",
            "model": str(checkpoints.pipeline(family)),
            "family": family,
            "scheduler": scheduler,
            "steps": STEPS,
            "guidance": 5.0,
        }
        preset = Preset(**{**rows, **SIDES, **changes})
        folders = {"adapters": tmp_path / "adapters", "embeddings": tmp_path / "embeddings"}
        return DiffusersPainter(preset, **folders, device="cpu", upscaler=upscaler, presets=presets)

    return painter


@pytest.fixture(scope="module")
def ready(checkpoints: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], DiffusersPainter]:
    """A painter of each family that tests share, as pictures do: none may leave anything behind."""
    made: dict[str, DiffusersPainter] = {}

    def painter(family: str = "sd15") -> DiffusersPainter:
        if family not in made:
            rows = {"name": "tiny", "model": str(checkpoints.pipeline(family)), "family": family, "steps": STEPS}
            few = {"scheduler": "own", "guidance": 1.0} if family == "flux2-klein" else {"scheduler": "euler-a", "guidance": 5.0}
            folder = tmp_path_factory.mktemp(family)
            made[family] = DiffusersPainter(Preset(**rows, **few, **SIDES), adapters=folder, embeddings=folder, device="cpu")
        return made[family]

    return painter


def _build(home: Path, what: object, family: str, *how: object) -> Path:
    if what == "pipeline":
        return tiny.BUILDERS[family](home / family)
    if what == "controlnet":
        return tiny.controlnet(home / f"controlnet-{family}-{how[0]}", family, seed=int(str(how[0])))
    if what == "ip_adapter":
        return tiny.ip_adapter(home / "ip-adapter", family, kind=str(how[0]))
    pipeline = home / family if (home / family).exists() else tiny.BUILDERS[family](home / family)
    return tiny.lora(home / "loras" / f"{family}-{how[0]}-{how[1]}.safetensors", pipeline, layout=str(how[1]), seed=int(str(how[0])))
