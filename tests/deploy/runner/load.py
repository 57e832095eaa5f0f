"""Keeps several connections to a site busy until it is told to stop; prints what failed. Standard library, runs on the host."""

import http.client
import json
import sys
import threading

PORT, WORKERS = int(sys.argv[1]), int(sys.argv[2])
stop = threading.Event()
seen: "dict[str, int]" = {}
wrong: "list[str]" = []
opened: "list[int]" = []
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


threads = [threading.Thread(target=work) for _ in range(WORKERS)]
for thread in threads:
    thread.start()
print("busy", flush=True)
sys.stdin.read()
stop.set()
for thread in threads:
    thread.join()
print(json.dumps({"seen": seen, "wrong": wrong[:5], "failed": len(wrong), "opened": len(opened)}))
