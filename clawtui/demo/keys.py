"""Keys of one demo: made when it starts, known to nobody else, gone with its folder."""

from pathlib import Path

from clawtui.demo.ground import Ground


def cut_keys(ground: Ground) -> None:
    """A key for the operator, one for each host, and a known_hosts that holds exactly these."""
    import asyncssh

    ground.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = asyncssh.generate_private_key("ssh-ed25519", comment="clawtui demo")
    _write(ground.key, own.export_private_key())
    _write(ground.key.with_suffix(".pub"), own.export_public_key())
    known: list[str] = []
    for name in ground.ssh:
        key = asyncssh.generate_private_key("ssh-ed25519", comment=f"demo host {name}")
        _write(ground.root / name / "host_key", key.export_private_key())
        words = key.export_public_key().decode().split()
        known.append(f"[127.0.0.1]:{ground.port(name)} {words[0]} {words[1]}\n")
    _write(ground.places.known_hosts, "".join(known).encode())


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
