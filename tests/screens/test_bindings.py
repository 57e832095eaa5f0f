"""One key means one thing in each place, every key has an id, and every key of the table exists."""

from pathlib import Path

from textual.binding import Binding

from clawtui_screens import keys
from clawtui_screens.app import ClawApp
from clawtui_screens.deploy import DeployScreen
from clawtui_screens.dialog import Dialog
from clawtui_screens.fleet import FleetScreen
from clawtui_screens.host import HostScreen
from clawtui_screens.menu import Menu
from clawtui_screens.picker import Picker
from clawtui_screens.promptline import PromptLine
from clawtui_screens.reader import Reader
from clawtui_screens.widgets.inspect_pane import Pane
from clawtui_screens.widgets.table import Table

CHAINS = {
    "fleet": (Table, FleetScreen, ClawApp),
    "host": (Pane, HostScreen, ClawApp),
    "deploy": (Table, DeployScreen, ClawApp),
    "reader": (Table, Reader),
    "menu": (Menu,),
    "picker": (Table, Picker),
    "dialog": (Dialog,),
    "prompt": (PromptLine,),
}
OWN_EVERYWHERE = {"escape", "q", "y", "t", "z", "Y", "x", "question_mark", "tab", "enter"}
"""Keys whose meaning is the same everywhere, done by the place that has the focus: copy copies what is there."""
FLEET_KEYS = (
    "1 question_mark colon slash n N escape q left_square_bracket right_square_bracket grave_accent semicolon tab t p z y Y "
    "exclamation_mark A 4 D U H W R X Z j k g G pageup pagedown space v V u s less_than_sign greater_than_sign w equals_sign "
    "ampersand tilde enter x"
)


def keys_of(owner: type) -> dict[str, Binding]:
    found: dict[str, Binding] = {}
    for binding in owner.__dict__["BINDINGS"]:
        assert isinstance(binding, Binding)
        for key in binding.key.split(","):
            assert key not in found, f"{owner.__name__}: {key} is bound twice"
            found[key] = binding
    return found


def test_no_key_means_two_things_in_one_place() -> None:
    for place, owners in CHAINS.items():
        taken: dict[str, Binding] = {}
        for owner in owners:
            for key, binding in keys_of(owner).items():
                other = taken.setdefault(key, binding)
                same = other.id == binding.id or other.action == binding.action
                assert same or key in OWN_EVERYWHERE, f"{place}: {key} is {other.id} and {binding.id}"


def test_keys_stand_in_one_table() -> None:
    tables = [table for table in vars(keys).values() if isinstance(table, list)]
    owners = {owner for chain in CHAINS.values() for owner in chain}
    assert {id(owner.__dict__["BINDINGS"]) for owner in owners} == {id(table) for table in tables}
    folder = Path(keys.__file__).parent
    assert [file.name for file in folder.rglob("*.py") if "Binding(" in file.read_text()] == ["keys.py"]


def test_every_binding_can_be_rebound_and_is_explained() -> None:
    for owners in CHAINS.values():
        for owner in owners:
            for key, binding in keys_of(owner).items():
                assert binding.id, f"{owner.__name__}: {key} has no id"
                assert binding.description, f"{owner.__name__}: {key} has no words"


def test_every_key_of_the_fleet_screen_is_bound() -> None:
    bound = {key for owner in CHAINS["fleet"] for key in keys_of(owner)}
    assert set(FLEET_KEYS.split()) <= bound


def test_acting_keys_are_capitals() -> None:
    assert all(
        key.isupper()
        for key, binding in keys_of(ClawApp).items()
        if binding.id == "app.arm" or (binding.action.startswith("rollout("))
    )
