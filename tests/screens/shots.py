"""Pictures of the screens for README and for the eye: `python tests/screens/shots.py --out DIR` (PNG where rsvg-convert is)."""

import argparse
import asyncio
import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery
from clawtui.engine.recorded import RecordedEngine
from clawtui.settings import Settings, UiSettings
from clawtui_screens.app import ClawApp
from tests.engine.synthetic import SyntheticEngine

CELL = 12.2  # width of a cell in the pictures that Textual makes
SHOTS = {
    "fleet": (42, (120, 40), ("down", "down", "down", "down")),
    "fleet-80x24": (42, (80, 24), ("down", "down", "down", "down")),
    "fleet-60x15": (42, (60, 15), ("down",)),
    "fleet-help": (42, (120, 40), ("question_mark",)),
    "fleet-sort": (42, (120, 40), ("s",)),
    "fleet-leave": (42, (120, 40), ("q",)),
    "fleet-command": (42, (120, 40), ("colon", *"agent", "space", "i")),
    "host": (42, (120, 40), ("down", "down", "down", "down", "enter")),
    "host-80x24": (42, (80, 24), ("down", "down", "down", "down", "enter")),
    "host-processes": (42, (120, 40), ("down", "down", "down", "down", "enter", "o")),
}


def steady(svg: str) -> str:
    """Every word placed by itself: renderers that trim spaces or know no `textLength` then draw the same grid as browsers."""

    def placed(found: re.Match[str]) -> str:
        before, x, after, words = found.groups()
        place, parts = 0, list[str]()
        for part in re.split(r"((?:&#160;)+|[─╌]{1,8}|[⠀-⣿])", words):
            letters = html.unescape(part)
            if letters.strip():
                parts.append(f'<text{before}x="{float(x) + place * CELL:.1f}"{after}>{part}</text>')
            place += len(letters)
        return "".join(parts)

    svg = re.sub(r' textLength="[^"]*"', "", svg)
    svg = re.sub(r'<text([^>]*?)x="([0-9.]+)"([^>]*clip-path[^>]*)>([^<]*)</text>', placed, svg)
    return svg.replace("Fira Code, monospace", "Fira Code, DejaVu Sans Mono, monospace")


async def readme(out: Path) -> None:
    """The two pictures of README, from the recording of the demo."""
    for name, keys in (("fleet-120x40", ()), ("host-120x40", ("enter",))):
        engine = RecordedEngine(Path(__file__).parent / "feeds/demo.jsonl")
        frame = await engine.ask(FleetQuery())
        assert isinstance(frame, FleetFrame)
        app = ClawApp(engine, Settings(ui=UiSettings(ascii="never")), clock=lambda at=frame.at: at)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause(1.0)
            await pilot.press("slash", *"gpu-1", "enter")
            await pilot.press(*keys)
            await pilot.pause(2.0)
            file = out / f"{name}.svg"
            file.write_text(steady(app.export_screenshot(simplify=True)), encoding="utf-8")
            print(file)


async def shoot(name: str, out: Path, theme: str) -> None:
    """One screen to one SVG, and a PNG beside it."""
    hosts, size, keys = SHOTS[name]
    app = ClawApp(SyntheticEngine(hosts), Settings(ui=UiSettings(ascii="never", theme=theme)))
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.5)
        await pilot.press(*keys)
        await pilot.pause(2.0)
        svg = app.export_screenshot(simplify=True)
    svg = steady(svg)
    file = out / f"{name}{'' if theme == 'clawtui-dark' else '-' + theme}.svg"
    file.write_text(svg, encoding="utf-8")
    if shutil.which("rsvg-convert"):
        subprocess.run(["rsvg-convert", "-o", str(file.with_suffix(".png")), str(file)], check=True)
    print(file)


def main() -> None:
    """All of them, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--theme", default="clawtui-dark")
    parser.add_argument("names", nargs="*", default=list(SHOTS))
    wish = parser.parse_args()
    wish.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(readme(wish.out))
    for name in wish.names:
        asyncio.run(shoot(name, wish.out, wish.theme))


if __name__ == "__main__":
    main()
