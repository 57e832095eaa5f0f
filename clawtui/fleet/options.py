"""How connections are made and kept: the `[ssh]` table of settings.toml."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SshOptions:
    """Defaults here repeat config/settings.toml; a test compares them."""

    connect_timeout_s: float = 8.0
    command_timeout_s: float = 30.0
    concurrency: int = 64
    per_bastion: int = 8
    sessions: int = 8
    keepalive_s: float = 5.0
    keepalive_busy_s: float = 2.0
    retry_first_s: float = 1.0
    retry_most_s: float = 60.0
    line_limit: int = 1_048_576
    output_limit: int = 16_777_216
