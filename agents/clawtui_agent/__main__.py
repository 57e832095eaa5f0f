"""`clawtui-agent run|once|follow|proxy`; read by hand, because argparse would stay in memory for ever."""

from __future__ import annotations

import os
import sys

USAGE = """usage: clawtui-agent run --config FILE      sample once a second, keep rings, serve the socket
       clawtui-agent once [--config FILE]   one hello line and one sample
       clawtui-agent follow [--config FILE] hello and samples on standard output, until it is closed
       clawtui-agent proxy [--socket PATH]  standard input and output to a running agent's socket
       clawtui-agent --version
"""
EX_USAGE, EX_OURS, EX_CONFIG = 64, 70, 78
SYSTEM_SOCKET = "/run/clawtui-agent/agent.sock"


def main(argv: list[str] | None = None) -> int:
    """Exit codes as everywhere: 64 usage, 70 our fault, 78 configuration."""
    words = sys.argv[1:] if argv is None else argv
    if words in (["--help"], ["-h"]):
        print(USAGE, end="")
        return 0
    if words == ["--version"]:
        from clawtui_agent import VERSION

        print(f"clawtui-agent {VERSION}")
        return 0
    verb, option = (words[0], words[1:]) if words else ("", [])
    wanted = {"run": "--config", "once": "--config", "follow": "--config", "proxy": "--socket"}.get(verb)
    if wanted is None or (option and (len(option) != 2 or option[0] != wanted)):
        return _fail(EX_USAGE, USAGE.rstrip())
    value = option[1] if option else ""
    if verb == "proxy":
        from clawtui_agent.proxy import proxy

        return proxy(value)
    return _with_agent(verb, value)


def _with_agent(verb: str, path: str) -> int:
    from clawtui_agent.config import Config, ConfigWrong, load

    try:
        config = load(path) if path else Config()
    except ConfigWrong as error:
        return _fail(EX_CONFIG, str(error))
    from clawtui_agent import verbs

    if verb == "once":
        return verbs.once(config)
    if verb == "follow":
        return verbs.follow(config)
    if not config.socket:
        return _fail(EX_CONFIG, f'{path or "run"}: `run` needs a configuration file with the key "socket"')
    return verbs.run(config, path)


def _fail(code: int, words: str) -> int:
    os.write(2, f"clawtui-agent: {words}\n".encode("utf-8", "replace"))
    return code


if __name__ == "__main__":
    sys.exit(main())
