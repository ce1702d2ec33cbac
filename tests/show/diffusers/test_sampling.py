"""Samplers are made anew for each picture, noise comes from its seed alone, and a step can end it all."""

import threading

import diffusers
import pytest
import torch

from companion.errors import ModelError
from companion.show.diffusers.presets import Scheduler, shipped
from companion.show.diffusers.sampling import Steps, Stopped, noise, sampler

OWN = diffusers.DDIMScheduler(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, prediction_type="v_prediction"
)


@pytest.mark.parametrize("name", [name for name, one in shipped().schedulers.items() if one.kind])
def test_a_sampler_keeps_the_checkpoints_noise_and_what_it_predicts(name: str) -> None:
    wanted = shipped().schedulers[name]
    made = sampler(wanted, OWN)
    assert type(made).__name__ == wanted.kind and made is not OWN
    assert (made.config.beta_start, made.config.prediction_type) == (0.00085, "v_prediction")
    assert {key: made.config[key] for key in wanted.options} == dict(wanted.options)


def test_without_a_class_the_checkpoints_own_stays() -> None:
    assert sampler(Scheduler(), OWN) is OWN


def test_a_class_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="ScheduledScheduler"):
        sampler(Scheduler(**{"class": "ScheduledScheduler"}), OWN)


def test_noise_is_that_of_its_seed_on_the_processor() -> None:
    first, again, other = (torch.randn(8, generator=noise(seed)) for seed in (7, 7, 8))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert noise(2**32 - 1).device.type == "cpu"


def test_steps_are_told_and_stop_when_no_longer_wanted() -> None:
    cancel, seen = threading.Event(), []
    steps = Steps(3, cancel, lambda done, total, latents: seen.append((done, total, latents)))
    tensors = {"latents": torch.zeros(1)}
    assert steps(None, 0, 999, tensors) is tensors
    cancel.set()
    with pytest.raises(Stopped):
        steps(None, 1, 500, tensors)
    assert seen == [(1, 3, tensors["latents"])]
