"""Keeps connections to a site busy and reads current.json until it is told to stop; says what failed. Runs on the host."""

import http.client
import json
import sys
import threading
from pathlib import Path

PORT, WORKERS, CURRENT = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
stop = threading.Event()
seen: "dict[str, int]" = {}
wrong: "list[str]" = []
opened: "list[int]" = []
releases: "set[str]" = set()
lock = threading.Lock()


def work() -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    while not stop.is_set():
        try:
            if connection.sock is None:
                connection.connect()
                with lock:
                    opened.append(1)
            connection.request("GET", "/", headers={"Host": "bot.test"})
            answer = connection.getresponse()
            body = answer.read().decode()
            with lock:
                seen[body] = seen.get(body, 0) + 1
                if answer.status != 200:
                    wrong.append(f"{answer.status} {body[:80]}")
        except (OSError, http.client.HTTPException) as error:
            with lock:
                wrong.append(repr(error))
            connection.close()


def read() -> None:
    while not stop.wait(0.0005):
        try:
            releases.add(json.loads(CURRENT.read_text())["release"])
        except FileNotFoundError:
            wrong.append("current.json was away")
        except ValueError as error:
            wrong.append(f"half of current.json: {error}")


threads = [*(threading.Thread(target=work) for _ in range(WORKERS)), threading.Thread(target=read)]
for thread in threads:
    thread.start()
print("busy", flush=True)
sys.stdin.read()
stop.set()
for thread in threads:
    thread.join()
print(
    json.dumps(
        {"seen": seen, "wrong": wrong[:5], "failed": len(wrong), "opened": len(opened), "current": sorted(releases)}
    )
)
