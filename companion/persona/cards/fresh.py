"""A card made for a persona who never was one: every field that its specification demands, and her picture."""

import json
from datetime import datetime

from companion.persona.blueprint import Blueprint
from companion.persona.cards.card import SPECS, Card
from companion.persona.cards.container import Container
from companion.persona.cards.document import Json, read_document
from companion.persona.cards.laying import Laying, examples_text, lay_own
from companion.persona.cards.lore_laying import raw_book
from companion.persona.cards.writing import Spec, edited
from companion.persona.lorebook import Lorebook


def fresh(blueprint: Blueprint, spec: Spec, now: datetime | None = None) -> Container:
    """A new card, as JSON; what no field of a card holds is in its `extensions.companion`.

    Args:
        now: when it is made, which only V3 has a field for.
    """
    identity = blueprint.identity
    data: dict[str, Json] = {
        "name": identity.name,
        "description": identity.background,
        "personality": "",
        "scenario": "",
        "first_mes": blueprint.greeting,
        "mes_example": examples_text(blueprint.examples),
        "creator_notes": identity.tagline,
        "system_prompt": blueprint.instructions.system,
        "post_history_instructions": blueprint.instructions.after_history,
        "alternate_greetings": list(blueprint.alternate_greetings),
        "tags": [],
        "creator": "",
        "character_version": "",
        "extensions": {},
    }
    if blueprint.lorebook != Lorebook():
        data["character_book"] = raw_book(blueprint.lorebook, v3=spec == "v3")
    if spec == "v3":
        data |= {"group_only_greetings": []} | ({"nickname": identity.nickname} if identity.nickname else {})
        data |= {"creation_date": int(now.timestamp()), "modification_date": int(now.timestamp())} if now else {}
    name, number = SPECS[spec]
    text = json.dumps({"spec": name, "spec_version": number, "data": data}, ensure_ascii=False, indent=2)
    document = read_document(text.encode("utf-8", "surrogatepass"), "file")
    lay_own(laying := Laying(), Card(document), blueprint)
    document = edited(document, laying.edits)
    return Container("json", document.text.encode("utf-8", "surrogatepass"), (document,))
