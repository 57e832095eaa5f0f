"""Writes `tests/wire/*.jsonl` anew from running agents: `python -m tests.agent.record_wire`.

Lines are as the agents said them, save what names the machine they ran on.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.agent.running import Line, agent, config, page_server

WIRE = Path(__file__).parents[1] / "wire"
NEUTRAL = {
    "host": "gpu-07",
    "fqdn": "gpu-07.example",
    "machine_id": "0f3c1d2e4b5a69788796a5b4c3d2e1f0",
    "boot_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "addresses": ["10.0.0.7", "2001:db8::7"],
}


def neutral(line: Any) -> Any:
    """Without what names this machine."""
    if isinstance(line, dict) and "hello" in line:
        line["hello"].update(NEUTRAL)
    if isinstance(line, dict) and "top" in line:
        for number, row in enumerate(line["top"]["processes"]):
            row[2], row[5] = f"process-{number}", f"/usr/bin/process-{number} --port {8000 + number}"
    return line


def write(name: str, lines: list[Any]) -> None:
    text = "".join(json.dumps(neutral(line), separators=(",", ":")) + "\n" for line in lines)
    (WIRE / name).write_text(re.sub(r"/tmp/[^\" ]*", "/run/bot.pid", text))


def machine(folder: Path) -> None:
    with page_server("fastapi") as (server, url), page_server("vllm") as (second, second_url):
        (folder / "bot.pid").write_text(str(server.pid))
        (folder / "llm.pid").write_text(str(second.pid))
        services = [
            {"name": "bot", "pid_file": str(folder / "bot.pid"), "metrics": url},
            {"name": "llm", "pid_file": str(folder / "llm.pid"), "metrics": second_url},
        ]
        with agent(config(folder, services=services)):
            line = Line(str(folder / "run" / "agent.sock"))
            lines = [line.read()]
            line.send(live={"every": 1})
            until = time.monotonic() + 14
            while time.monotonic() < until:
                lines.append(line.read())
            server.kill()
            until = time.monotonic() + 8
            while time.monotonic() < until:
                lines.append(line.read())
            line.send(live={"every": 0})
            write("machine.jsonl", lines)
            answers(line)


def answers(line: Line) -> None:
    now = int(time.time())
    columns = [["host", "cpu.busy"], ["service:llm", "latency.p95"], ["host", "no.such"]]
    line.send(range={"id": 1, "tier": "1s", "from": now - 20, "to": now, "points": 0, "columns": columns})
    line.send(range={"id": 2, "tier": "1s", "from": now - 20, "to": now, "points": 5, "columns": columns})
    line.send(range={"id": 3, "tier": "1m", "from": now - 600, "to": now, "points": 300, "columns": columns[:1]})
    write("range.jsonl", [{"range": line.until("range")} for _ in range(3)])
    line.send(top={"id": 4})
    line.send(top={"id": 5, "at": now})
    write("top.jsonl", [{"top": line.until("top")} for _ in range(2)])
    line.send(ping={"id": 6})
    pong = {"pong": line.until("pong")}
    line.send(reload={"id": 7})
    reloaded = {"reloaded": line.until("reloaded")}
    line.send(range={"id": 8, "tier": "1h", "from": 0, "to": 1, "columns": []})
    line.raw(b'{"strange": {}}\n')
    write("answers.jsonl", [pong, reloaded, {"error": line.until("error")}, {"error": line.until("error")}])


def tree(folder: Path) -> None:
    with page_server("fastapi") as (server, url):
        (folder / "bot.pid").write_text(str(server.pid))
        scope = {"kind": "process tree", "pid": os.getpid(), "cores": 1, "memory": 268_435_456}
        services = [{"name": "bot", "pid_file": str(folder / "bot.pid"), "metrics": url}]
        with agent(config(folder, services=services, scope=scope)):
            line = Line(str(folder / "run" / "agent.sock"))
            lines = [line.read()]
            line.send(live={"every": 1})
            lines += [line.read() for _ in range(12)]
            write("tree.jsonl", lines)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a").mkdir()
        (Path(folder) / "b").mkdir()
        machine(Path(folder) / "a")
        tree(Path(folder) / "b")


if __name__ == "__main__":
    main()
