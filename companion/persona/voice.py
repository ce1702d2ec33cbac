"""What she sounds like."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from companion.persona.fields import Part, Remark

Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$")]  # BCP 47, its common forms
FileName = Annotated[str, StringConstraints(pattern=r"^([^./\\:\x00-\x1f][^/\\:\x00-\x1f]{0,119})?$")]


class Voice(Part):
    """Her voice."""

    engine: Literal["default", "none", "coqui"] = Field(
        default="default", description="What speaks for her: default follows the program's choice, none keeps her silent."
    )
    speaker: Remark = Field(default="", description="The voice by its name in the engine; empty takes the engine's first.")
    language: Language = Field(default="en", description="The language she speaks, as BCP 47 writes it: en, en-GB, pt-BR.")
    rate: float = Field(default=1.0, ge=0.5, le=2.0, description="How fast she speaks: 1 is as the voice is, 2 twice as fast.")
    pitch: float = Field(default=0.0, ge=-12, le=12, description="How much higher or lower than the voice is, in semitones.")
    reference: FileName = Field(default="", description="A recording to take the voice from: a file name, without a folder.")
