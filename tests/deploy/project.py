"""A folder with everything that config/service.example.toml names."""

from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "config/service.example.toml"
LOCK = f"idna==3.10 --hash=sha256:{'0' * 64}\n"
LEAST = 'version = 1\nname = "bot"\nhosts = "web-1"\n[run]\ncommand = "{python} -m bot --uds {socket}"\n'


def folder(path: Path) -> Path:
    """Make the files; answer the folder."""
    for name in ("models", "hooks"):
        (path / name).mkdir(parents=True, exist_ok=True)
    (path / "models/bot.onnx").write_bytes(b"model")
    (path / "requirements.lock").write_text(LOCK)
    (path / "compose.yaml").write_text("services:\n  bot:\n    image: bot\n")
    for name in ("before", "after", "drain"):
        hook = path / f"hooks/{name}.sh"
        hook.write_text("#!/bin/sh\n")
        hook.chmod(0o755)
    return path
