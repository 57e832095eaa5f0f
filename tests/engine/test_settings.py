"""One frozen value from five layers; the shipped file is its manual."""

from pathlib import Path

import pytest

from clawtui import settings, shipped
from clawtui.errors import ClawtuiError, ConfigError
from clawtui.fleet.tables import Document
from clawtui.places import Places
from clawtui.settings import Settings, load


def places(root: Path) -> Places:
    return Places(root, root / "user", root / "state", root / "run", root / "cache", root / "etc")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_every_default_stands_in_the_shipped_file_with_the_same_value_and_no_other_key_does() -> None:
    document = Document.parse(shipped.read("settings.toml"), "settings.toml")
    written = {
        f"{name}.{key}": value
        for name, table in document.values.items()
        if isinstance(table, dict)
        for key, value in table.items()
    }
    assert written == dict(settings.keys(Settings()))


def test_every_key_of_the_shipped_file_has_a_sentence() -> None:
    lines = [line for line in shipped.read("settings.toml").splitlines() if "=" in line.partition("#")[0]]
    assert [line for line in lines if "#" not in line and not line.startswith("version")] == []


def test_the_later_layer_wins_and_each_key_knows_where_it_comes_from(tmp_path: Path) -> None:
    write(
        tmp_path / "etc/settings.toml", 'version = 1\n[ui]\nfold = 5\ntheme = "clawtui-light"\n[ssh]\nconcurrency = 4\n'
    )
    write(tmp_path / "user/settings.toml", "[ui]\n\nfold = 6\nstill_s = 2\n")
    found = load(places(tmp_path), {"CLAWTUI_SSH_CONCURRENCY": "8", "CLAWTUI_FLEET": "x"}, {"ui.theme": "clawtui-ansi"})
    assert (found.ui.fold, found.ui.theme, found.ssh.concurrency, found.ui.still_s) == (6, "clawtui-ansi", 8, 2.0)
    assert isinstance(found.ui.still_s, float)
    assert str(found.origins["ui.fold"]) == f"{tmp_path}/user/settings.toml:3"
    assert str(found.origins["ssh.concurrency"]) == "$CLAWTUI_SSH_CONCURRENCY"
    assert str(found.origins["ui.theme"]) == "--theme"
    assert found.origins["ui.mouse"].file == "shipped settings.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[ui]\nthem = 'x'\n", ":2: ui.them: unknown key; did you mean theme?"),
        ("[agents]\n", ":1: agents: unknown key; did you mean agent?"),
        ("[ui]\ntheme = 'pink'\n", ":2: ui.theme: must be one of clawtui-dark"),
        ("[ui]\nfold = 'many'\n", ":2: ui.fold: must be a whole number"),
        ("[ui]\nfold = 2.5\n", "must be a whole number"),
        ("[ui]\nmouse = 1\n", "must be true or false"),
        ("[ui]\nrefresh_s = -1\n", "above 0"),
        ("[ui]\nrefresh_s = nan\n", "above 0"),
        ("[ui]\ntimezone = 'Mars/Base'\n", "time zone"),
        ("[ui]\ntimezone = '../../etc/passwd'\n", "time zone"),
        ("[ui.keys]\n'fleet.sort' = 3\n", "binding ids to keys"),
        ("version = 2\n", "version 1"),
        ("[ui\n", "not TOML"),
        ("ui = 3\n", "must be a table"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path / "user/settings.toml", text)
    with pytest.raises(ConfigError) as caught:
        load(places(tmp_path), {}, {})
    assert "user/settings.toml" in str(caught.value)
    assert words in str(caught.value)


def test_a_misspelt_environment_variable_or_flag_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="CLAWTUI_UI_THEME"):
        load(places(tmp_path), {"CLAWTUI_UI_THEM": "x"}, {})
    with pytest.raises(ConfigError, match=r"ui\.theme"):
        load(places(tmp_path), {}, {"ui.them": "x"})


def test_what_does_not_ship_is_said() -> None:
    with pytest.raises(ClawtuiError, match="config/nothing"):
        shipped.read("nothing.toml")
    assert shipped.path("settings.toml").read_text() == shipped.read("settings.toml")
