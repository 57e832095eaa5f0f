"""Where a folder is an extension point, its table names exactly its files."""

import ast
import importlib
from pathlib import Path

import pytest

from clawtui.cli import VERBS
from clawtui.deploy.shelf import SHELVES
from clawtui.engine.acts import ACTS, AT_ONCE, HERE
from clawtui.fleet.host import Transport
from clawtui.fleet.links import LINKS
from clawtui.metrics.sources import SOURCES
from clawtui_agent.collectors import COLLECTORS
from clawtui_runner.facts import FACTS
from clawtui_runner.kinds import KINDS

ROOT = Path(__file__).parents[2]


def functions(file: Path) -> set[str]:
    """Names of the functions at the top of a module, without importing it."""
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}


def files(folder: str) -> list[Path]:
    return [file for file in sorted((ROOT / folder).glob("*.py")) if file.stem != "__init__"]


def test_every_verb_is_a_file_and_every_file_with_a_verb_is_in_the_table() -> None:
    with_a_verb = {file.stem for file in files("clawtui/cli") if {"arguments", "run"} <= functions(file)}
    assert with_a_verb == {*VERBS, "tui"}  # what no verb at all means


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_a_sentence_of_help(verb: str) -> None:
    assert 10 < len(VERBS[verb]) < 120
    assert not VERBS[verb].endswith(".")


def test_every_act_comes_from_a_file_of_its_folder_and_every_file_has_one() -> None:
    made = [*HERE.values(), *AT_ONCE.values()]
    homes = {type(act).__module__ for act in ACTS.values()} | {getattr(act, "__module__", "") for act in made}
    assert homes == {f"clawtui.engine.acts.{file.stem}" for file in files("clawtui/engine/acts")}


def test_every_shelf_is_a_file_and_every_file_is_in_the_table() -> None:
    homes = {getattr(shelf, "__module__", "") for shelf in SHELVES.values()}
    assert homes == {f"clawtui.deploy.shelf.{file.stem}" for file in files("clawtui/deploy/shelf")}


def test_every_collector_is_a_file_and_every_file_is_in_the_table() -> None:
    assert set(COLLECTORS) == {file.stem for file in files("agents/clawtui_agent/collectors")}


def test_every_kind_of_step_is_a_file_with_its_three_functions_and_every_file_is_in_the_table() -> None:
    found = files("agents/clawtui_runner/kinds")
    assert set(KINDS) == {file.stem for file in found}
    assert set(KINDS.values()) <= {"back", "stays"}
    assert [file.stem for file in found if not {"check", "apply", "undo"} <= functions(file)] == []


def test_every_subject_of_facts_is_a_file_and_every_file_is_in_the_table() -> None:
    assert set(FACTS) == {file.stem for file in files("agents/clawtui_runner/facts") if "gather" in functions(file)}
    assert len(FACTS) == len(files("agents/clawtui_runner/facts"))


def test_every_source_is_a_file_and_every_file_is_in_the_table() -> None:
    assert set(SOURCES) == {file.stem for file in files("clawtui/metrics/sources")}


def test_every_link_is_a_folder_and_every_folder_is_in_the_table() -> None:
    folders = {path.parent.name for path in (ROOT / "clawtui/fleet/links").glob("*/dial.py")}
    assert {str(transport) for transport in LINKS} == folders == {str(transport) for transport in Transport}


@pytest.mark.parametrize(
    "folder", ["clawtui/fleet/inventory", "clawtui/metrics/sources", "agents/clawtui_agent/collectors"]
)
def test_a_folder_of_siblings_holds_no_empty_module(folder: str) -> None:
    for file in files(folder):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removeprefix("agents.")
        assert importlib.import_module(name).__doc__
