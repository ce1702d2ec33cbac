"""A painted picture that is kept can be made again: its pack lies beside it, and what has changed since is named."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from companion.errors import ModelError
from companion.persona.library import Persona
from companion.shot import Knobs, LoraWeight, Shot
from companion.show.again import Pack, Repaints
from companion.show.diffusers.identity import unpacked
from companion.show.fake import FakeScores
from companion.showing import Limits
from tests.easel import VISUAL, persona, studio
from tests.show.diffusers import tiny
from tests.show.diffusers.painting import Make, everything, wearing

SMALL = Limits(long_side_px=160)
SAD = Shot("sad", setting="kitchen")


def test_a_kept_picture_is_made_again_to_the_bit_and_a_changed_file_is_named(
    make: Make, checkpoints: SimpleNamespace, tmp_path: Path
) -> None:
    presets = wearing(checkpoints, "sd15")
    hers = tmp_path / "adapters" / "hers.safetensors"
    hers.parent.mkdir()
    shutil.copy(checkpoints.lora("sd15"), hers)
    dressed = {name: knob for name, knob in everything(checkpoints, "sd15")["both"].items() if name != "references"}
    knobs = Knobs(prompt="a woman by the harbour", seed=4, loras=(LoraWeight("hers", 0.7),), **dressed)
    with studio(tmp_path / "home", make(presets=presets), limits=SMALL) as here:
        shown = [here.showing.keep_reference(tiny.portrait(seed), "image/png") for seed in (1, 2)]
        mara = _with(*shown)
        kept = here.showing.shoot(mara, SAD, kind="studio", knobs=knobs)
        assert set(kept.record["adapters"]) == {"loras", "ip_adapter", "controlnets"} and kept.record["references"] == shown
        here.showing.shoot(mara, SAD, kind="studio", knobs=replace(knobs, seed=5))
        faces = list((tmp_path / "home" / "identities" / "shared").iterdir())
        assert len(faces) == 1, "what was seen of her face is kept once"
    with studio(tmp_path / "home", painter := make(presets=presets), limits=SMALL) as here:
        assert isinstance(painter, Repaints) and here.showing.can_again(kept)
        again = here.showing.again(_with(), kept)  # her references have left her look since: the pack knows what was seen on them
        assert again.same and again.pack and again.otherwise == () and here.pictures.count() == 2
        shutil.copy(checkpoints.lora("sd15", seed=9), hers)
        with pytest.raises(ModelError, match="LoRA hers is another file"):
            here.showing.again(mara, kept)


def test_the_pack_holds_what_the_kept_attempt_was_painted_with(make: Make, tmp_path: Path) -> None:
    second_is_best = FakeScores(0.1, 0.4, 0.2)
    with studio(tmp_path, make(), second_is_best, limits=SMALL) as here:
        kept = here.showing.shoot(persona(), SAD, kind="studio")
        pack = Pack((tmp_path / "identities" / f"{kept.digest}.safetensors").read_bytes())
        assert kept.likeness and kept.likeness.tries == 2 and kept.record["painted"] == 3
        assert unpacked(pack).seed == kept.record["knobs"]["seed"]
        assert here.showing.again(persona(), kept).same


def _with(*references: str) -> Persona:
    return replace(persona(), blueprint=persona(visual=VISUAL.model_copy(update={"references": references})).blueprint)
