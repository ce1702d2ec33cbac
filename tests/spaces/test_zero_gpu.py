"""The engine of the ZeroGPU Space, with a stand-in for `@spaces.GPU` that does what its forked process does: it pickles."""

import importlib.util
import pickle
import sys
from pathlib import Path

import pytest

from companion.errors import ModelError
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage, Written

ROOT = Path(__file__).parents[2]
HELLO = Prompt((PromptMessage("system", "You are Ada."), PromptMessage("user", "Hello there.")))


class Gpu:
    """Attributes: `left` counts the replies that were ended early over there; `refuse` raises what a used-up quota raises."""

    def __init__(self) -> None:
        self.left = 0
        self.refuse: Exception | None = None

    def __call__(self, duration: int):
        def decorate(task):
            def call(*arguments):
                if self.refuse:
                    raise self.refuse
                over_there = task(*pickle.loads(pickle.dumps(arguments)))
                try:
                    for part in over_there:
                        yield pickle.loads(pickle.dumps(part))
                except GeneratorExit:
                    self.left += 1
                    over_there.close()
                    raise

            return call

        return decorate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.append(str(ROOT / "tests" / "think"))
    from checkpoints import save_checkpoint, starter_like

    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", starter_like())


@pytest.fixture
def gpu(monkeypatch) -> Gpu:
    stand_in = Gpu()
    monkeypatch.setattr("spaces.GPU", stand_in)
    return stand_in


@pytest.fixture
def engine(gpu, folder, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "spaces"), *sys.path])
    spec = importlib.util.spec_from_file_location("zero_gpu_app", ROOT / "spaces" / "zerogpu" / "app.py")
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    return app.ZeroGpuEngine(folder, name="tiny", device="cpu", dtype="float32")


def request() -> GenerationRequest:
    return GenerationRequest(HELLO, Constraints(temperature=0, max_tokens=40))


def test_a_reply_comes_back_from_over_there(engine):
    *pieces, account = engine.write(request())
    assert "".join(piece.text for piece in pieces)
    assert isinstance(account, Written) and account.prompt_tokens > 0


def test_stop_is_heard_and_ends_the_reply_over_there(engine, gpu):
    asked = request()
    heard = []
    for part in engine.write(asked):
        heard.append(part)
        asked.cancel.set()
    assert isinstance(heard[0], Piece) and len(heard) == 2
    assert heard[1].reason == "stopped" and gpu.left == 1


def test_a_used_up_quota_is_said_kindly(engine, gpu):
    import gradio as gr

    gpu.refuse = gr.Error("You have exceeded your GPU quota")
    with pytest.raises(ModelError, match="quota") as refused:
        list(engine.write(request()))
    assert "try again" in refused.value.hint
